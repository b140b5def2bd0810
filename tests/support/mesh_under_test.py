"""A running mesh as a person outside sees it: its addresses, and a client of its edge."""

import json
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import grpc
import httpx

from dev.config import DATABASES, PORTS
from tests.support.waiting import eventually

PASSWORD = "correct horse battery staple"
STAFF = ("staff", "staff password for development")
WITHIN_S = 60.0
UNDER_WAY = {"ORDER_STATE_PENDING", "ORDER_STATE_CANCELLING"}


@dataclass(frozen=True)
class Addresses:
    """The addresses of a mesh. `grpc` maps a service to host:port."""

    edge: str
    mailbox: str
    grpc: dict[str, str]

    @classmethod
    def from_environment(cls) -> "Addresses":
        """Returns the addresses of a running mesh, by default the ports of `make up`."""
        port = os.environ.get
        return cls(
            edge=f"http://127.0.0.1:{port('EDGE_PORT', '8000')}",
            mailbox=f"http://127.0.0.1:{port('MAILBOX_PORT', '8025')}",
            grpc={
                f"{name}_service": f"127.0.0.1:{port(variable, PORTS[variable][0])}"
                for name, variable in ((name, f"{name.upper()}_PORT") for name in DATABASES)
            },
        )


@dataclass
class Person:
    """Somebody with an account, and perhaps with tokens."""

    username: str
    email: str
    password: str = PASSWORD
    id: str = ""
    token: str = ""
    refresh_token: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


@dataclass
class Market:
    """A client of a mesh's public API; its methods return the raw responses.

    `told` is what it sent or got in confidence: passwords and tokens.
    """

    at: Addresses
    told: set[str] = field(default_factory=set)
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.at.edge, timeout=10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def register(self, name: str = "ada", *, through_outage: bool = False) -> Person:
        """Returns somebody new, signed in; through an outage, one who comes back after a 503."""
        unique = f"{name}-{uuid.uuid4().hex[:10]}"
        person = Person(username=unique, email=f"{unique}@example.org")
        profile = {
            "username": person.username,
            "email": person.email,
            "password": person.password,
            "full_name": name.title(),
        }

        def answered() -> httpx.Response | None:
            answer = self.http.post("/api/users/", json=profile)
            return unless_503(answer) if through_outage else answer

        answer = eventually(answered, WITHIN_S)
        assert answer.status_code == 201, answer.text
        person.id = answer.json()["id"]
        return self.sign_in(person)

    def sign_in(self, person: Person) -> Person:
        answer = self.http.post(
            "/api/auth/token/", json={"username": person.username, "password": person.password}
        )
        assert answer.status_code == 200, answer.text
        person.token, person.refresh_token = (
            answer.json()["access_token"],
            answer.json()["refresh_token"],
        )
        self.told |= {person.password, person.token, person.refresh_token}
        return person

    def proof(self, person: Person) -> dict[str, str]:
        """Returns the header for one change that asks for the password once more."""
        body = {"password": person.password}
        answer = self.post("/api/auth/reauthenticate/", person, json=body)
        assert answer.status_code == 200, answer.text
        token = answer.json()["reauthentication_token"]
        self.told.add(token)
        return {"Reauthentication-Token": token}

    def staff(self) -> Person:
        username, password = STAFF
        return self.sign_in(Person(username=username, email="", password=password))

    def get(self, path: str, person: Person | None = None, **options: Any) -> httpx.Response:
        return self.request("GET", path, person, **options)

    def post(self, path: str, person: Person | None = None, **options: Any) -> httpx.Response:
        return self.request("POST", path, person, **options)

    def request(
        self, verb: str, path: str, person: Person | None = None, **options: Any
    ) -> httpx.Response:
        headers = (person.headers if person else {}) | options.pop("headers", {})
        return self.http.request(verb, path, headers=headers, **options)

    def place_order(
        self, person: Person, sku: str, quantity: int = 1, payment_method: str = "pm_ok"
    ) -> httpx.Response:
        body = {"items": [{"sku": sku, "quantity": quantity}], "payment_method": payment_method}
        return self.post("/api/orders/", person, json=body)

    def order_at_rest(
        self,
        person: Person,
        order_id: str,
        within_s: float = WITHIN_S,
        *,
        through_outage: bool = False,
    ) -> dict[str, Any]:
        """Returns the order, once nothing is under way with it."""

        def ended() -> dict[str, Any] | None:
            answer = self.get(f"/api/orders/{order_id}/", person)
            if through_outage and answer.status_code == 503:
                return None
            assert answer.status_code == 200, answer.text
            order: dict[str, Any] = answer.json()
            return None if order["state"] in UNDER_WAY else order

        return eventually(ended, within_s)

    def stock(self, sku: str) -> int:
        answer = self.get(f"/api/products/{sku}/", headers={"Cache-Control": "no-cache"})
        return int(answer.json()["stock"])

    def mails_to(self, address: str) -> list[dict[str, Any]]:
        """Returns the mailbox's messages to one address, newest first."""
        listing = httpx.get(f"{self.at.mailbox}/api/v1/messages", params={"limit": 1000}).json()
        return [
            mail for mail in listing["messages"] if address in [to["Address"] for to in mail["To"]]
        ]

    def mail_about(self, address: str, word: str, within_s: float = WITHIN_S) -> dict[str, Any]:
        """Returns the mail to an address whose subject has the word, once it is there."""

        def found() -> dict[str, Any] | None:
            try:
                received = self.mails_to(address)
            except httpx.TransportError:  # the mailbox may just be starting
                return None
            mails = [mail for mail in received if word in mail["Subject"].lower()]
            return mails[0] if mails else None

        return eventually(found, within_s)

    def token_in(self, mail_id: str) -> str:
        """Returns the token that a mail carries."""
        text = httpx.get(f"{self.at.mailbox}/api/v1/message/{mail_id}").json()["Text"]
        found = re.search(r"(?:^|#token=)([A-Za-z0-9_-]{64})\s*$", text, re.MULTILINE)
        assert found, text
        self.told.add(found[1])
        return found[1]

    @contextmanager
    def channel(self, service: str) -> Iterator[grpc.Channel]:
        with grpc.insecure_channel(self.at.grpc[service]) as opened:
            yield opened


def unless_503(answer: httpx.Response) -> httpx.Response | None:
    """Returns the answer; None for a 503, after which `eventually` asks again."""
    return None if answer.status_code == 503 else answer


def read_addresses(path: Path) -> Addresses:
    """Returns the addresses that `python -m dev up --ready-json` wrote."""
    ready = json.loads(path.read_text())
    return Addresses(edge=ready["edge"], mailbox=ready["mailbox"], grpc=ready["grpc"])
