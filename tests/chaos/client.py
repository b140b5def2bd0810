"""A client of the edge that records each attempt, and repeats until an answer is definitive."""

import random
import threading
import time
import uuid
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx

from mesh.contract.model import market_contract
from tests.chaos.history import TIMED_OUT, Event, History
from tests.support.mesh_under_test import PASSWORD

WAITS_LONGER_S = 3.0
PATIENCE_S = 180.0
PAUSE_MOST_S = 1.0
RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
IN_PROGRESS = "REQUEST_IN_PROGRESS"


@dataclass(frozen=True, slots=True)
class Question:
    """One operation of one client; its key makes a repeat the same operation."""

    operation: str
    key: str
    verb: str
    template: str
    body: dict[str, Any] | None
    path: dict[str, str]

    @property
    def url(self) -> str:
        return self.template.format(**self.path) + "/"

    @property
    def headers(self) -> dict[str, str]:
        return {"Idempotency-Key": self.key} if self.verb == "POST" else {}

    @property
    def needs_identity(self) -> bool:
        return self.operation not in ("register", "sign_in")

    @property
    def allowed_s(self) -> float:
        """The deadline of the RPC behind the route, from the contract."""
        return _deadlines()[self.verb, self.template]


@dataclass
class Client:
    """Somebody with an account, who does one operation after another.

    A question without a definitive answer is asked again under the same Idempotency-Key,
    for PATIENCE_S, and until `give_up_at` at the latest.
    """

    edge: str
    history: History
    random: random.Random
    give_up_at: float = float("inf")
    username: str = ""
    password: str = PASSWORD
    id: str = ""
    email: str = ""
    token: str = ""
    stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        # A connection a request, as behind a balancer that may choose another edge.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._http = httpx.Client(base_url=self.edge, limits=limits)

    def close(self) -> None:
        self._http.close()

    def register(self) -> bool:
        """Registers a new user and signs in; returns whether that worked."""
        self.username = f"buyer-{self.random.getrandbits(80):020x}"
        self.email = f"{self.username}@example.org"
        body = {
            "username": self.username,
            "email": self.email,
            "password": self.password,
            "full_name": "Buyer",
        }
        answer = self.ask("register", "POST", "/api/users", body)
        self.id = answer["id"] if answer else ""
        return bool(self.id) and self.sign_in()

    def sign_in(self) -> bool:
        body = {"username": self.username, "password": self.password}
        answer = self.ask("sign_in", "POST", "/api/auth/token", body)
        self.token = answer["access_token"] if answer else ""
        return bool(self.token)

    def order(
        self, sku: str, quantity: int, method: str, *, key: str = ""
    ) -> dict[str, Any] | None:
        body = {"items": [{"sku": sku, "quantity": quantity}], "payment_method": method}
        return self.ask("order", "POST", "/api/orders", body, key=key)

    def ask(
        self,
        operation: str,
        verb: str,
        template: str,
        body: dict[str, Any] | None = None,
        *,
        key: str = "",
        **path: str,
    ) -> dict[str, Any] | None:
        """Returns the answer's body; None when it was refused, or never given."""
        key = key or str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        question = Question(operation, key, verb, template, body, path)
        self.history.add(Event("invoke", operation, key, self.id))
        give_up_at = time.monotonic() + PATIENCE_S
        while True:
            event, answer = self._once(question)
            self.history.add(event)
            if event.kind == "ok":
                return answer
            if event.kind == "fail" or time.monotonic() > min(give_up_at, self.give_up_at):
                return None
            if event.status == 401:
                self.sign_in()
            time.sleep(self.random.uniform(0.1, PAUSE_MOST_S))

    def _once(self, question: Question) -> tuple[Event, dict[str, Any]]:
        headers = question.headers | (self._identity() if question.needs_identity else {})
        timeout_s = question.allowed_s + WAITS_LONGER_S
        started = time.perf_counter()

        def event(kind: str, **more: Any) -> Event:
            took_s = time.perf_counter() - started
            name, key = question.operation, question.key
            allowed_s = question.allowed_s
            return Event(kind, name, key, self.id, took_s=took_s, allowed_s=allowed_s, **more)

        try:
            answer = self._http.request(
                question.verb, question.url, json=question.body, headers=headers, timeout=timeout_s
            )
        except httpx.ReadTimeout:
            return event("unknown", code=TIMED_OUT), {}
        except httpx.TransportError as error:
            return event("unknown", code=type(error).__name__), {}
        content = _content(answer)
        code = str(content.get("code", ""))
        told = event(
            _kind(answer.status_code, code, signed_in="Authorization" in headers),
            status=answer.status_code,
            code=code,
            resource=str(content.get("id", "")),
            retry_after="Retry-After" in answer.headers,
        )
        return told, content

    def _identity(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


def _kind(status: int, code: str, *, signed_in: bool) -> str:
    if status < 400:
        return "ok"
    again = status in RETRIED or code == IN_PROGRESS or (status == 401 and signed_in)
    return "unknown" if again else "fail"


def _content(answer: httpx.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


@cache
def _deadlines() -> dict[tuple[str, str], float]:
    return {
        (http.verb, http.template): method.deadline_s
        for method in market_contract()
        for http in method.bindings
    }
