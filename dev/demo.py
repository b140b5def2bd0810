"""Walks one order after another through a running mesh, showing each request and answer.

`make demo`, with `make up` or `docker compose up` running. A process of its own, as the one
that runs the mesh for days loads no HTTP client.
"""

import json
import os
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import requests

from dev.config import ROOT, SHOPPER, STAFF, Config
from dev.errors import CannotRun, exit_code
from dev.ports import HOST, accepts
from dev.steps import box
from dev.supervisor.control import Control
from dev.up.preflight import is_in_use
from mesh.core.terminal import DIM, in_colour, painted

PASSWORD = SHOPPER[1]
BOLD, RED, GREEN = 1, 31, 32
SHOWN_TOKEN_CHARS = 12
WITHIN_S = 30.0
LOOKS_EVERY_S = 0.05


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    email: str
    token: str


class Demo:
    """A demo that prints as it goes. Raises CannotRun at the first unexpected answer."""

    def __init__(self, config: Config) -> None:
        self.edge, self._mailbox = config.edge_url, config.mailbox_url
        self._pages = f"http://{config.at('ORDER_ADMIN_PORT')}"
        self._http = requests.Session()
        self._coloured = in_colour()

    def run(self) -> None:
        self._tell("The catalog is everybody's to read.")
        (product,) = self._ask("GET", "/api/products/?page_size=1")["products"]
        self._tell("Ada registers; a welcome mail is queued in the same transaction.")
        ada = self._register("ada")
        self._tell("She orders two, under an Idempotency-Key. The price is the catalog's.")
        key = str(uuid.uuid4())
        order = self._order(ada, product["sku"], "pm_ok", key)
        request_id = self._last.headers["X-Request-Id"]
        self._tell("Did the answer get lost? Sent again with its key it is the same order.")
        self._expect(self._order(ada, product["sku"], "pm_ok", key)["id"], order["id"])
        self._tell("It is charged in the background; its events are pushed as they happen.")
        self._watch(ada, order["id"], until="ORDER_STATE_CONFIRMED")
        self._tell("Confirmed. The payment behind it, with its ledger:")
        order = self._ask("GET", f"/api/orders/{order['id']}/", ada)
        self._ask("GET", f"/api/payments/{order['payment_id']}/", ada)
        self._tell("A card that is declined cancels the order and puts the stock back.")
        declined = self._order(ada, product["sku"], "pm_declined", str(uuid.uuid4()))
        self._watch(ada, declined["id"], until="ORDER_STATE_CANCELLED")
        self._tell("Ada thinks better of her first order: it is paid back.")
        self._ask("POST", f"/api/orders/{order['id']}/cancel/", ada)
        self._watch(ada, order["id"], until="ORDER_STATE_REFUNDED")
        self._tell("Staff pays a part of another order back; the order is told.")
        another = self._order(ada, product["sku"], "pm_ok", str(uuid.uuid4()))
        self._watch(ada, another["id"], until="ORDER_STATE_CONFIRMED")
        another = self._ask("GET", f"/api/orders/{another['id']}/", ada)
        staff = self._sign_in(*STAFF)
        self._refund(staff, another["payment_id"], {"currency_code": "EUR", "units": "5"})
        self._tell("A wrong request gets a problem, with the field's name and a page about it.")
        wrong = {"items": [{"sku": product["sku"], "quantity": 0}], "payment_method": "pm_ok"}
        self._ask("POST", "/api/orders/", ada, wrong, wanted=400)
        self._end(ada, request_id)

    def _register(self, name: str) -> Person:
        username = f"{name}-{uuid.uuid4().hex[:8]}"
        profile = {
            "username": username,
            "email": f"{username}@example.org",
            "password": PASSWORD,
            "full_name": "Ada Lovelace",
        }
        self._ask("POST", "/api/users/", body=profile)
        return self._sign_in(username, PASSWORD, profile["email"])

    def _sign_in(self, username: str, password: str, email: str = "") -> Person:
        body = {"username": username, "password": password}
        return Person(email, self._ask("POST", "/api/auth/token/", body=body)["access_token"])

    def _order(self, person: Person, sku: str, method: str, key: str) -> dict[str, Any]:
        body = {"items": [{"sku": sku, "quantity": 2}], "payment_method": method}
        order: dict[str, Any] = self._ask("POST", "/api/orders/", person, body, key=key)
        return order

    def _refund(self, staff: Person, payment_id: str, amount: Mapping[str, str]) -> None:
        self._ask("POST", f"/api/payments/{payment_id}/refund/", staff, {"amount": amount})

    def _watch(self, person: Person, order_id: str, *, until: str) -> None:
        """Shows an order's events as they arrive, up to the one that brings it to a state."""
        started = time.monotonic()
        headers = {"Accept": "text/event-stream", **_authorization(person)}
        path = f"/api/orders/{order_id}/events/"
        self._show_request("GET", path, headers, None)
        with self._http.get(
            self.edge + path, headers=headers, stream=True, timeout=WITHIN_S
        ) as answer:
            self._show_answer(answer)
            for event in _events(answer):
                print(self._painted(f"{time.monotonic() - started:.3f} s", DIM), json.dumps(event))
                if event["state"] == until:
                    return
        raise CannotRun(f"the events ended before {until}")

    def _ask(
        self,
        verb: str,
        path: str,
        person: Person | None = None,
        body: Mapping[str, object] | None = None,
        *,
        key: str = "",
        wanted: int | None = None,
    ) -> Any:
        """Returns the answer's document. Raises CannotRun unless it is a success, or `wanted`."""
        headers = _authorization(person) if person else {}
        headers |= {"Content-Type": "application/json"} if body is not None else {}
        headers |= {"Idempotency-Key": key} if key else {}
        self._show_request(verb, path, headers, body)
        data = None if body is None else json.dumps(body)
        self._last = answer = self._http.request(
            verb, self.edge + path, data=data, headers=headers, timeout=WITHIN_S
        )
        self._show_answer(answer)
        print(json.dumps(answer.json(), indent=2, ensure_ascii=False))
        if wanted or not answer.ok:
            self._expect(answer.status_code, wanted or "success")
        return answer.json()

    def _show_request(self, verb: str, path: str, headers: Mapping[str, str], body: object) -> None:
        print(f"\n{self._painted(f'{verb} {path}', BOLD)}")
        for name, value in headers.items():
            word, _, token = value.partition(" ")
            shown = f"{word} {token[:SHOWN_TOKEN_CHARS]}…" if name == "Authorization" else value
            print(self._painted(f"{name}: {shown}", DIM))
        if body is not None:
            print(json.dumps(body, ensure_ascii=False))

    def _show_answer(self, answer: requests.Response) -> None:
        colour = GREEN if answer.ok else RED
        print(self._painted(f"→ {answer.status_code} {answer.reason}", colour))
        for name in ("Location", "ETag", "Retry-After", "X-Request-Id"):
            if name in answer.headers:
                print(self._painted(f"  {name}: {answer.headers[name]}", DIM))

    def _end(self, ada: Person, request_id: str) -> None:
        self._tell(f"And the mails to {ada.email}:")
        for mail in self._mails(ada.email, count=5):
            print(f"   {mail['Subject']}")
        lines = [
            f"follow the first order   make logs REQUEST={request_id}",
            f"read the mails           {self._mailbox}",
            f"try the API              {self.edge}/api/docs/",
            f"look as staff            {self._pages}  ({', '.join(STAFF)})",
            f"sign in as Ada           {ada.email.partition('@')[0]}, {PASSWORD}",
        ]
        print("\n" + box(lines))

    def _mails(self, address: str, *, count: int) -> list[dict[str, Any]]:
        """Returns the mails to an address, once there are so many, oldest first."""
        deadline = time.monotonic() + WITHIN_S
        while time.monotonic() < deadline:
            search = {"query": f'to:"{address}"', "limit": "50"}
            found = self._http.get(
                f"{self._mailbox}/api/v1/search", params=search, timeout=WITHIN_S
            )
            mails: list[dict[str, Any]] = found.json()["messages"]
            if len(mails) >= count:
                return mails[::-1]
            time.sleep(LOOKS_EVERY_S)
        raise CannotRun(f"{len(mails)} mails instead of {count} arrived within {WITHIN_S:.0f} s")

    def _tell(self, text: str) -> None:
        print(f"\n{self._painted(f'── {text}', BOLD)}")

    def _expect(self, found: object, wanted: object) -> None:
        if found != wanted:
            raise CannotRun(f"the demo expected {wanted}, and found {found}")

    def _painted(self, text: str, colour: int) -> str:
        return painted(text, colour, coloured=self._coloured)


def demo(var: Path) -> None:
    """Walks through the mesh that runs on `var`, or else at the ports of `make up`.

    Raises CannotRun when no mesh answers, or not as it should.
    """
    config = Config.read(var)
    if is_in_use(var):
        told = Control(var).environment()
        config = replace(config, ports={name: int(told[name]) for name in config.ports})
    walk = Demo(config)
    try:
        if accepts(HOST, config.ports["EDGE_PORT"]):
            return walk.run()
    except requests.RequestException as error:  # gone, silent, or none of ours
        raise CannotRun(f"the mesh did not answer as it should: {error}") from None
    raise CannotRun(f"no mesh answers at {walk.edge}: `make up` in another terminal, then again")


def _authorization(person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token}"}


def _events(answer: requests.Response) -> Iterator[dict[str, Any]]:
    for line in answer.iter_lines(chunk_size=1):
        if line.startswith(b"data: "):
            yield json.loads(line.removeprefix(b"data: "))


if __name__ == "__main__":
    run_on = Path(os.environ.get("MARKET_VAR", ROOT / "var"))
    sys.exit(exit_code(lambda: demo(run_on), run_on))
