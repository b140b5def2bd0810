"""Refunds by staff reach the order: its state or sum, its events, its mails, what may follow."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx
import pytest

from tests.e2e.test_saga import cancel, events
from tests.support.mesh_under_test import Market, Person
from tests.support.waiting import eventually

MUG = "MUG-BLUE"
ONE = {"currency_code": "EUR", "units": "1"}


@pytest.fixture
def ada(market: Market) -> Person:
    return market.register()


@pytest.fixture
def staff(market: Market) -> Person:
    return market.staff()


@pytest.fixture
def paid(market: Market, ada: Person) -> dict[str, Any]:
    """Returns a confirmed order of hers."""
    order = market.order_at_rest(ada, market.place_order(ada, MUG).json()["id"])
    assert order["state"] == "ORDER_STATE_CONFIRMED"
    return order


def refund(
    market: Market, staff: Person, order: dict[str, Any], units: int = 0, key: str = ""
) -> httpx.Response:
    """Refunds `units` euro, or all that is left without a number."""
    body = {"amount": ONE | {"units": str(units)}} if units else {}
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    path = f"/api/payments/{order['payment_id']}/refund/"
    return market.post(path, staff, json=body, headers=headers)


def fulfill(market: Market, staff: Person, order: dict[str, Any]) -> httpx.Response:
    return market.post(f"/api/orders/{order['id']}/fulfill/", staff, json={})


def once_refunded(
    market: Market, person: Person, order: dict[str, Any], amount: dict[str, Any]
) -> dict[str, Any]:
    """Returns the order, once so much of it was refunded."""

    def told() -> dict[str, Any] | None:
        read: dict[str, Any] = market.get(f"/api/orders/{order['id']}/", person).json()
        same = all(read["refunded_amount"].get(name) == amount[name] for name in amount)
        return read if same else None

    return eventually(told, within_s=30)


def test_an_order_whose_payment_is_refunded_is_refunded_and_may_not_be_handed_over(
    market: Market, ada: Person, staff: Person, paid: dict[str, Any]
) -> None:
    in_stock = market.stock(MUG)
    assert refund(market, staff, paid).json()["state"] == "PAYMENT_STATE_REFUNDED"
    order = once_refunded(market, ada, paid, paid["total"])
    assert order["state"] == "ORDER_STATE_REFUNDED"
    assert order["cancel_reason"] == "CANCEL_REASON_REFUNDED"
    seen = [event for _, event in events(market, ada, f"/api/orders/{paid['id']}/events/")]
    assert [event["state"].removeprefix("ORDER_STATE_") for event in seen] == [
        *("PENDING", "CONFIRMED", "REFUNDED")
    ]
    assert seen[-1]["refunded_amount"] == paid["total"]
    refused = fulfill(market, staff, paid)
    assert (refused.status_code, refused.json()["code"]) == (400, "ORDER_NOT_CONFIRMED")
    assert cancel(market, ada, paid["id"]).json()["etag"] == order["etag"]
    assert market.stock(MUG) == in_stock + 1
    market.mail_about(ada.email, "cancelled and refunded")


def test_refunds_in_parts_are_each_told_also_after_the_handing_over(
    market: Market, ada: Person, staff: Person, paid: dict[str, Any]
) -> None:
    refund(market, staff, paid, 1)
    assert once_refunded(market, ada, paid, ONE)["state"] == "ORDER_STATE_CONFIRMED"
    assert fulfill(market, staff, paid).json()["state"] == "ORDER_STATE_FULFILLED"
    path = f"/api/orders/{paid['id']}/events/"
    until_then = events(market, ada, path)
    refund(market, staff, paid)
    assert once_refunded(market, ada, paid, paid["total"])["state"] == "ORDER_STATE_FULFILLED"
    (later,) = events(market, ada, path, {"Last-Event-ID": until_then[-1][0]})
    assert later[1]["state"] == "ORDER_STATE_FULFILLED"
    assert later[1]["refunded_amount"] == paid["total"]

    def both_mails() -> bool:
        told = [m for m in market.mails_to(ada.email) if "a refund" in m["Subject"]]
        return len({mail["MessageID"] for mail in told}) == len(told) == 2

    assert eventually(both_mails, within_s=30)


def test_refunds_a_cancel_and_a_handing_over_at_once_leave_money_and_order_agreeing(
    market: Market, ada: Person, staff: Person, paid: dict[str, Any]
) -> None:
    key = str(uuid.uuid4())
    calls: list[Callable[[], httpx.Response]] = [
        *[partial(refund, market, staff, paid, 1, key)] * 2,
        *[partial(refund, market, staff, paid, units) for units in (1, 2)],
        partial(fulfill, market, staff, paid),
        partial(cancel, market, ada, paid["id"]),
    ]
    with ThreadPoolExecutor(len(calls)) as threads:
        answers = [answer.result() for answer in [threads.submit(call) for call in calls]]
    assert {answer.status_code for answer in answers} <= {200, 400}

    def agreeing() -> dict[str, Any] | None:
        order = market.order_at_rest(ada, paid["id"])
        payment = market.get(f"/api/payments/{paid['payment_id']}/", ada).json()
        return order if order["refunded_amount"] == payment["refunded_amount"] else None

    order = eventually(agreeing, within_s=30)
    assert order["state"] in {"ORDER_STATE_FULFILLED", "ORDER_STATE_REFUNDED"}
    if order["state"] == "ORDER_STATE_REFUNDED":
        assert order["refunded_amount"] == order["total"]
    else:
        assert order["refunded_amount"]["units"] == "4"
