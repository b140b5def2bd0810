"""One `Idempotency-Key` is one order, however often it is sent."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx
import pytest

from tests.support.mesh_under_test import PASSWORD, Market, Person

ORDER = {"items": [{"sku": "MUG-BLUE", "quantity": 1}], "payment_method": "pm_ok"}


@pytest.fixture
def ada(market: Market) -> Person:
    return market.register()


def place(market: Market, who: Person, key: str, quantity: int = 1) -> httpx.Response:
    body = ORDER | {"items": [{"sku": "MUG-BLUE", "quantity": quantity}]}
    return market.post("/api/orders/", who, json=body, headers={"Idempotency-Key": key})


def orders_of(market: Market, who: Person) -> list[str]:
    return [order["id"] for order in market.get("/api/orders/", who).json()["orders"]]


def test_a_repeat_answers_the_first_order_and_says_so(market: Market, ada: Person) -> None:
    key = str(uuid.uuid4())
    first, second = place(market, ada, key), place(market, ada, key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert orders_of(market, ada) == [first.json()["id"]]


NAME = f"bob-{uuid.uuid4().hex[:10]}"
USER = {
    "username": NAME,
    "email": f"{NAME}@example.org",
    "password": PASSWORD,
    "full_name": "Bob",
}
EURO = {"currency_code": "EUR", "units": "1"}
PRODUCT = {"sku": NAME, "title": "New", "price": EURO, "stock": 1}
# What is sent twice, by the route that is documented to tell a repeat.
REPEATED: dict[str, dict[str, Any]] = {
    "/api/users": USER,
    "/api/products": PRODUCT,
    "/api/orders": ORDER,
    "/api/orders/{order_id}/cancel": {},
    "/api/orders/{order_id}/fulfill": {},
    "/api/payments/{payment_id}/refund": {"amount": EURO},
}


def test_every_route_that_is_documented_to_tell_a_repeat_is_sent_one_here(market: Market) -> None:
    document = market.get("/api/openapi.json").json()
    telling = {
        path
        for path, operations in document["paths"].items()
        for operation in operations.values()
        for answer in operation["responses"].values()
        if "Idempotency-Replayed" in answer.get("headers", {})
    }
    assert {path.rstrip("/") for path in telling} == set(REPEATED)


@pytest.mark.parametrize("route", REPEATED)
def test_a_repeat_says_that_it_is_one(market: Market, ada: Person, route: str) -> None:
    paid = market.order_at_rest(ada, place(market, ada, str(uuid.uuid4())).json()["id"], 30)
    path = route.format(order_id=paid["id"], payment_id=paid["payment_id"]) + "/"
    body = REPEATED[route]
    who, headers = market.staff(), {"Idempotency-Key": str(uuid.uuid4())}
    first = market.post(path, who, json=body, headers=headers)
    second = market.post(path, who, json=body, headers=headers)
    assert first.status_code == second.status_code < 300, second.text
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert first.json() == second.json()


def test_a_key_used_for_another_order_is_422(market: Market, ada: Person) -> None:
    key = str(uuid.uuid4())
    assert place(market, ada, key).status_code == 201
    other = place(market, ada, key, quantity=2)
    assert (other.status_code, other.json()["code"]) == (422, "REQUEST_ID_REUSED")
    assert len(orders_of(market, ada)) == 1


def test_a_key_is_its_users_own(market: Market, ada: Person) -> None:
    key, bob = str(uuid.uuid4()), market.register("bob")
    assert place(market, ada, key).json()["id"] != place(market, bob, key).json()["id"]


def test_of_many_at_once_one_is_placed_and_the_others_conflict_or_repeat_it(
    market: Market, ada: Person
) -> None:
    key, together = str(uuid.uuid4()), Barrier(12)

    def send(_: int) -> httpx.Response:
        together.wait()
        return place(market, ada, key)

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(send, range(12)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    (order_id,) = orders_of(market, ada)
    placed = [answer for answer in answers if answer.status_code == 201]
    assert {answer.json()["id"] for answer in placed} == {order_id}
    assert {a.json()["code"] for a in answers if a.status_code == 409} <= {"REQUEST_IN_PROGRESS"}
    assert place(market, ada, key).headers["idempotency-replayed"] == "true"
