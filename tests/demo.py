"""Walks the README's story on a running mesh, and shows each request and its answer.

`make demo`, with `make up` running in another terminal.
"""

import json
import sys
import time
from typing import Any

import httpx

from tests.support.mesh_under_test import PASSWORD, STAFF, Addresses, Market, Person

BOLD, DIM, RED, OFF = (
    ("\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[0m") if sys.stdout.isatty() else [""] * 4
)
SHOWN_LINES = 24


class Demo:
    """A demo that prints as it goes, and ends at the first unexpected answer."""

    def __init__(self) -> None:
        self.market = Market(Addresses.from_environment())
        self.market.http.event_hooks = {"response": [self.show]}

    def show(self, answer: httpx.Response) -> None:
        answer.read()
        request = answer.request
        print(f"\n{BOLD}{request.method} {request.url}{OFF}")
        if request.content:
            print(f"{DIM}{request.content.decode()}{OFF}")
        for name in ("Location", "ETag", "Retry-After"):
            if name in answer.headers:
                print(f"{DIM}{name}: {answer.headers[name]}{OFF}")
        print(f"→ {answer.status_code} {answer.reason_phrase}")
        lines = (
            json.dumps(answer.json(), indent=2, ensure_ascii=False).splitlines()
            if answer.content
            else []
        )
        print("\n".join(lines[:SHOWN_LINES]) + ("\n  …" if len(lines) > SHOWN_LINES else ""))

    def tell(self, text: str) -> None:
        print(f"\n{BOLD}── {text}{OFF}")

    def run(self) -> None:
        self.tell("The catalog is everybody's to read.")
        product = self.market.get("/api/products/?page_size=2").json()["products"][0]
        self.tell("Ada registers; a welcome mail is queued in the same transaction.")
        ada = self.market.register("ada")
        self.tell("She orders two; the price is the catalog's.")
        confirmed = self.order(ada, product["sku"], "pm_ok")
        self.expect(confirmed["state"], "ORDER_STATE_CONFIRMED")
        self.tell("The payment behind it, with its ledger.")
        self.market.get(f"/api/payments/{confirmed['payment_id']}/", ada)
        self.tell("A declined payment cancels the order and puts the stock back.")
        before = self.market.stock(product["sku"])
        self.expect(
            self.order(ada, product["sku"], "pm_declined")["state"], "ORDER_STATE_CANCELLED"
        )
        self.expect(self.market.stock(product["sku"]), before)
        self.tell("Wrong requests get problems, typed and with the field's name.")
        self.market.post(
            "/api/orders/", ada, json={"items": [{"sku": product["sku"], "quantity": 0}]}
        )
        self.tell("Staff pays all of it back: the order is told, ends and has its stock again.")
        path = f"/api/payments/{confirmed['payment_id']}/refund/"
        self.market.post(path, self.market.staff(), json={})
        self.market.mail_about(ada.email, "refunded")
        refunded = self.market.get(f"/api/orders/{confirmed['id']}/", ada).json()
        self.expect(refunded["state"], "ORDER_STATE_REFUNDED")
        self.mails(ada)

    def order(self, person: Person, sku: str, method: str) -> dict[str, Any]:
        order = self.market.place_order(person, sku, quantity=2, payment_method=method).json()
        started = time.perf_counter()
        self.market.http.event_hooks = {"response": []}
        self.market.order_at_rest(person, order["id"])
        self.market.http.event_hooks = {"response": [self.show]}
        self.tell(f"It came to rest within {(time.perf_counter() - started) * 1000:.0f} ms.")
        ended: dict[str, Any] = self.market.get(f"/api/orders/{order['id']}/", person).json()
        return ended

    def mails(self, person: Person) -> None:
        self.tell("And the mails arrived:")
        for mail in reversed(self.market.mails_to(person.email)):
            print(f"   {mail['Subject']}   {DIM}{mail['MessageID']}{OFF}")
        print(
            f"\nRead them at {self.market.at.mailbox}, the API at {self.market.at.edge}/api/docs/."
        )
        print(f"Staff signs in as {STAFF[0]!r} with {STAFF[1]!r}; Ada's password is {PASSWORD!r}.")

    def expect(self, found: object, wanted: object) -> None:
        if found != wanted:
            sys.exit(f"{RED}expected {wanted}, found {found}{OFF}")


if __name__ == "__main__":
    try:
        Demo().run()
    except httpx.ConnectError:
        sys.exit("the mesh does not answer: start it with `make up` in another terminal")
