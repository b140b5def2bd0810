"""Orders cancelled, refunded, fulfilled and watched, by one or by many at once."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.support.mesh_under_test import Market, Person

MUG = "MUG-BLUE"
BUYERS, UNITS = 50, 10


def cancel(market: Market, person: Person, order_id: str) -> httpx.Response:
    return market.post(f"/api/orders/{order_id}/cancel/", person, json={})


def new_product(market: Market, stock: int) -> str:
    sku = f"RARE-{time.time_ns()}"
    price = {"currency_code": "EUR", "units": "5"}
    product = {"sku": sku, "title": "Rare", "price": price, "stock": stock}
    assert market.post("/api/products/", market.staff(), json=product).status_code == 201
    return sku


def test_cancelling_a_paid_order_refunds_it_and_says_so_by_mail(market: Market) -> None:
    ada = market.register()
    before = market.stock(MUG)
    order = market.place_order(ada, MUG).json()
    paid = market.order_at_rest(ada, order["id"])
    assert cancel(market, ada, order["id"]).json()["state"] == "ORDER_STATE_CANCELLING"
    assert market.order_at_rest(ada, order["id"])["state"] == "ORDER_STATE_REFUNDED"
    payment = market.get(f"/api/payments/{paid['payment_id']}/", ada).json()
    assert payment["refunded_amount"] == payment["amount"] == paid["total"]
    assert market.stock(MUG) == before
    market.mail_about(ada.email, "refunded")


def test_cancelling_at_once_ends_in_one_defined_state(market: Market) -> None:
    ada = market.register()
    before = market.stock(MUG)
    order = market.place_order(ada, MUG).json()
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: cancel(market, ada, order["id"]), range(4)))
    assert {answer.status_code for answer in answers} == {200}
    ended = market.order_at_rest(ada, order["id"])
    assert ended["state"] in {"ORDER_STATE_CANCELLED", "ORDER_STATE_REFUNDED"}
    assert market.stock(MUG) == before


def test_a_fulfilled_order_can_t_be_cancelled(market: Market) -> None:
    ada, staff = market.register(), market.staff()
    order = market.place_order(ada, MUG).json()
    early = market.post(f"/api/orders/{order['id']}/fulfill/", ada, json={})
    assert early.status_code == 403
    market.order_at_rest(ada, order["id"])
    fulfilled = market.post(f"/api/orders/{order['id']}/fulfill/", staff, json={})
    assert fulfilled.json()["state"] == "ORDER_STATE_FULFILLED"
    refused = cancel(market, ada, order["id"])
    assert (refused.status_code, refused.json()["code"]) == (400, "ORDER_FULFILLED")


def test_refunds_never_exceed_what_was_captured(market: Market) -> None:
    ada, staff = market.register(), market.staff()
    order = market.order_at_rest(ada, market.place_order(ada, MUG).json()["id"])
    path = f"/api/payments/{order['payment_id']}/refund/"
    one = {"currency_code": order["total"]["currency_code"], "units": "1"}
    too_much = one | {"units": str(int(order["total"]["units"]) + 1)}
    assert market.post(path, ada, json={"amount": one}).status_code == 403
    assert market.post(path, staff, json={"amount": one | {"currency_code": "USD"}}).json()[
        "code"
    ] == ("CURRENCY_MISMATCH")
    assert market.post(path, staff, json={"amount": too_much}).json()["code"] == (
        "REFUND_EXCEEDS_CAPTURE"
    )
    part = market.post(path, staff, json={"amount": one}).json()
    assert part["state"] == "PAYMENT_STATE_PARTIALLY_REFUNDED"
    assert market.post(path, staff, json={}).json()["state"] == "PAYMENT_STATE_REFUNDED"


def test_fifty_buyers_get_the_last_ten_units_and_not_one_more(market: Market) -> None:
    sku = new_product(market, UNITS)
    ada = market.register()
    with ThreadPoolExecutor(BUYERS) as threads:
        answers = list(threads.map(lambda _: market.place_order(ada, sku), range(BUYERS)))
    placed = [answer.json()["id"] for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code != 201]
    assert len(placed) == UNITS
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {
        (400, "OUT_OF_STOCK")
    }
    states = {market.order_at_rest(ada, order_id, 30)["state"] for order_id in placed}
    assert states == {"ORDER_STATE_CONFIRMED"}
    assert market.stock(sku) == 0


def test_fifty_requests_under_one_key_place_one_order(market: Market) -> None:
    ada = market.register()
    body = {"items": [{"sku": MUG, "quantity": 1}], "payment_method": "pm_ok"}
    headers = {"Idempotency-Key": str(uuid.uuid4())}

    def place(_: int) -> httpx.Response:
        return market.post("/api/orders/", ada, json=body, headers=headers)

    with ThreadPoolExecutor(BUYERS) as threads:
        answers = list(threads.map(place, range(BUYERS)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    replay = place(0)
    assert {a.json()["id"] for a in answers if a.status_code == 201} == {replay.json()["id"]}
    assert len(market.get("/api/orders/", ada).json()["orders"]) == 1
    other = market.post(
        "/api/orders/", ada, json=body | {"payment_method": "pm_declined"}, headers=headers
    )
    assert (other.status_code, other.json()["code"]) == (422, "REQUEST_ID_REUSED")


def test_an_order_is_watched_by_server_sent_events_and_resumed(market: Market) -> None:
    ada = market.register()
    order = market.place_order(ada, MUG).json()
    path = f"/api/orders/{order['id']}/events/"
    market.order_at_rest(ada, order["id"])
    cancel(market, ada, order["id"])
    seen = events(market, ada, path)
    assert [event["state"] for _, event in seen] == [
        "ORDER_STATE_PENDING",
        "ORDER_STATE_CONFIRMED",
        "ORDER_STATE_CANCELLING",
        "ORDER_STATE_REFUNDED",
    ]
    resumed = events(market, ada, path, {"Last-Event-ID": seen[1][0]})
    assert resumed == seen[2:]
    assert market.get(path, market.register()).status_code == 404


def events(
    market: Market, person: Person, path: str, headers: dict[str, str] | None = None
) -> list[tuple[str, dict[str, Any]]]:
    """Returns (id, data) of each event until the stream ends."""
    wanted = person.headers | {"Accept": "text/event-stream"} | (headers or {})
    found, event_id = [], ""
    with market.http.stream("GET", path, headers=wanted) as stream:
        assert stream.status_code == 200
        for line in stream.iter_lines():
            if line.startswith("id:"):
                event_id = line.removeprefix("id:").strip()
            if line.startswith("data:"):
                data = httpx.Response(200, text=line.removeprefix("data:")).json()
                found.append((event_id, data))
    return found


def test_orders_that_come_at_once_are_each_its_buyers_own_and_placed_once(market: Market) -> None:
    buyers = [market.register() for _ in range(4)]
    sku = new_product(market, stock=1000)
    orders = [(buyers[number % 4], 1 + number % 7, str(uuid.uuid4())) for number in range(40)]

    def place(order: tuple[Person, int, str]) -> httpx.Response:
        buyer, quantity, key = order
        body = {"items": [{"sku": sku, "quantity": quantity}], "payment_method": "pm_ok"}
        return market.post("/api/orders/", buyer, json=body, headers={"Idempotency-Key": key})

    with ThreadPoolExecutor(40) as threads:
        answers = list(threads.map(place, [*orders, *orders]))
    again = list(map(place, orders))
    for place_, (buyer, quantity, _) in enumerate(orders):
        first, repeat, last = answers[place_], answers[place_ + len(orders)], again[place_]
        placed = last.json()
        assert (last.status_code, last.headers["Idempotency-Replayed"]) == (201, "true")
        assert (placed["user_id"], placed["items"][0]["quantity"]) == (buyer.id, quantity)
        for answer in (first, repeat):
            assert answer.status_code == 409 or answer.json()["id"] == placed["id"]
    assert len({answer.json()["id"] for answer in again}) == len(orders)
    assert market.stock(sku) == 1000 - sum(quantity for _, quantity, _ in orders)
