"""What customers of a shop do, for locust: most look, some order, few give an order up.

A failure is an answer that is wrong, not only one that did not come: a price that is not the
catalog's, a list out of order, an order of somebody else, a state that can't be.
"""

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from locust import FastHttpUser, between, events, task
from locust.env import Environment

PASSWORD = "correct horse battery staple"  # of shoppers who buy nothing real
STAFF = {"username": "staff", "password": "staff password for development"}
# Products of the load's own, so that it does not empty the shop's.
PRODUCTS = {f"LOAD-{number}": 100 + 250 * number for number in range(20)}
STOCK = 1_000_000_000
PAID = "ORDER_STATE_CONFIRMED"
STATES = {
    f"ORDER_STATE_{name}" for name in "PENDING CONFIRMED CANCELLING CANCELLED REFUNDED".split()
}
JSON = {"Content-Type": "application/json"}


@events.init.add_listener
def stock_up(environment: Environment, **_: object) -> None:
    """Has staff add the products, unless they are there."""
    environment.events.test_start.add_listener(_add_products)


def _add_products(environment: Environment, **_: object) -> None:
    Shopper.host = environment.host  # locust itself sets it for the shoppers, later
    keeper = Shopper(environment)
    keeper.sign_in(STAFF)
    for sku, price_minor in PRODUCTS.items():
        product = {
            "sku": sku,
            "title": f"Product {sku}",
            "price": money(price_minor),
            "stock": STOCK,
        }
        with keeper.asked(
            "POST", "/api/products/", product, name="/api/products/ (staff)"
        ) as added:
            keeper.expect(added, added.status_code in (201, 409), "was not added")


class Shopper(FastHttpUser):  # type: ignore[misc]  # locust is installed for `make load` only
    """Somebody with an account of its own."""

    wait_time = between(0.2, 1.5)
    token = ""

    def on_start(self) -> None:
        name = f"load-{uuid.uuid4().hex[:12]}"
        profile = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
        with self.asked("POST", "/api/users/", profile) as made:
            self.expect(made, made.status_code == 201, "no account")
        self.sign_in({"username": name, "password": PASSWORD})
        self.orders: list[str] = []

    def sign_in(self, credentials: dict[str, str]) -> None:
        with self.asked("POST", "/api/auth/token/", credentials) as signed_in:
            self.expect(signed_in, signed_in.status_code == 200, "no token")
            self.token = signed_in.json()["access_token"]

    @task(30)
    def look_around(self) -> None:
        with self.asked("GET", "/api/products/?page_size=20") as page:
            skus = [product["sku"] for product in page.json()["products"]]
            self.expect(page, 0 < len(skus) <= 20 and skus == sorted(skus), "is out of order")

    @task(30)
    def look_at_one(self) -> None:
        sku = random.choice(list(PRODUCTS))
        with self.asked("GET", f"/api/products/{sku}/", name="/api/products/{sku}/") as product:
            right = product.json()["price"] == money(PRODUCTS[sku])
            self.expect(product, right, "has another price")

    @task(12)
    def order(self) -> None:
        chosen = {sku: random.randint(1, 3) for sku in random.sample(list(PRODUCTS), 2)}
        total_minor = sum(PRODUCTS[sku] * quantity for sku, quantity in chosen.items())
        body = {
            "items": [{"sku": sku, "quantity": quantity} for sku, quantity in chosen.items()],
            "payment_method": random.choices(["pm_ok", "pm_declined"], [95, 5])[0],
        }
        key = {"Idempotency-Key": str(uuid.uuid4())}
        with self.asked("POST", "/api/orders/", body, more=key) as placed:
            right = placed.status_code == 201 and placed.json()["total"] == money(total_minor)
            self.expect(placed, right, "is not what was ordered")
            self.orders.append(placed.json()["id"])

    @task(18)
    def follow_an_order(self) -> None:
        if self.orders:
            order_id = random.choice(self.orders)
            with self.asked("GET", f"/api/orders/{order_id}/", name="/api/orders/{id}/") as order:
                right = order.json()["id"] == order_id and order.json()["state"] in STATES
                self.expect(order, right, "is another order")

    @task(8)
    def list_orders(self) -> None:
        with self.asked("GET", "/api/orders/?page_size=10") as page:
            ids = [order["id"] for order in page.json()["orders"]]
            self.expect(page, ids == self.orders[::-1][:10], "has not my orders, newest first")

    @task(2)
    def give_one_up(self) -> None:
        if self.orders:
            path = f"/api/orders/{random.choice(self.orders)}/cancel/"
            with self.asked("POST", path, {}, name="/api/orders/{id}/cancel/") as given_up:
                gone = given_up.json()["state"].rpartition("_")[2]
                right = gone in ("CANCELLING", "CANCELLED", "REFUNDED")
                self.expect(given_up, right, "was not given up")

    @contextmanager
    def asked(
        self,
        verb: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        name: str = "",
        more: dict[str, str] | None = None,
    ) -> Iterator[Any]:
        """Yields the answer; one that lacks what is looked for is a failure."""
        headers = (more or {}) | (JSON if body is not None else {})
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        sent: dict[str, Any] = {"headers": headers, "name": name or path, "catch_response": True}
        if body is not None:
            sent["json"] = body
        with self.client.request(verb, path, **sent) as answer:
            try:
                yield answer
            except (KeyError, TypeError, ValueError) as error:
                answer.failure(f"{answer.status_code}: {error!r}")

    def expect(self, answer: Any, right: bool, otherwise: str) -> None:
        if not right:
            answer.failure(f"{answer.status_code}: {otherwise}")


def money(minor: int) -> dict[str, object]:
    units, cents = divmod(minor, 100)
    return {"currency_code": "EUR", "units": str(units), "nanos": cents * 10_000_000}
