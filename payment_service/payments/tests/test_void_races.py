"""A void against captures, at the same moment: whatever comes first, no money stays taken."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from payment_service.payments.models import LedgerEntry, Payment
from payment_service.payments.tests.client import Client, outcome, uid

ROUNDS = 50
FEWER = 15
ENDED = {"VOIDED", "REFUNDED", "DECLINED"}


@pytest.fixture(autouse=True)
def a_provider_that_takes_its_time(settings: Settings) -> None:
    settings.SANDBOX_DELAY_MS = 5


def together(calls: Sequence[Callable[[], str]]) -> list[str]:
    """The outcomes of calls that start at once, each a random moment late."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], str]) -> str:
        barrier.wait()
        time.sleep(random.uniform(0, 0.01))  # noqa: S311  # shuffles, guards nothing
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def net_captured_minor(order_id: str) -> int:
    entries = LedgerEntry.objects.filter(payment__order_id=order_id)
    return sum(e.amount_minor if e.refund_id is None else -e.amount_minor for e in entries)


def capture(orders: Client, **fields: str) -> str:
    return outcome(lambda: orders.capture(**fields))


def void(orders: Client, order_id: str) -> str:
    return outcome(lambda: orders.void(order_id))


@pytest.mark.parametrize(
    ("method", "held", "rounds"),
    [("pm_ok", False, ROUNDS), ("pm_ok", True, ROUNDS), ("pm_declined", False, FEWER)],
)
def test_two_captures_and_a_void_at_once_leave_no_money_taken(
    orders: Client, method: str, held: bool, rounds: int
) -> None:
    for _ in range(rounds):
        again = {"order_id": uid(), "request_id": uid(), "user_id": uid(), "method": method}
        order_id = again["order_id"]
        if held:
            orders.authorize(order_id=order_id)
        captures = [partial(capture, orders, **again)] * 2
        *_, voided = together([*captures, partial(void, orders, order_id)])
        assert voided in ENDED
        assert net_captured_minor(order_id) == 0
        assert capture(orders, **again) == "PAYMENT_VOIDED"
        standing = Payment.objects.filter(order_id=order_id).exclude(state="DECLINED")
        assert {payment.state for payment in standing} <= {"VOIDED", "REFUNDED"}
    call_command("checkledger")


def test_captures_by_two_requests_and_two_voids_at_once_leave_no_money_taken(
    orders: Client,
) -> None:
    for _ in range(FEWER):
        order_id = uid()
        captures = [partial(capture, orders, order_id=order_id)] * 2
        voids = [partial(void, orders, order_id)] * 2
        *_, first, second = together([*captures, *voids])
        assert {first, second} <= ENDED
        assert net_captured_minor(order_id) == 0
    call_command("checkledger")


def test_a_void_and_refunds_at_once_pay_back_what_was_taken_and_no_more(orders: Client) -> None:
    def refund(payment_id: str) -> str:
        return outcome(lambda: orders.refund(payment_id))

    for _ in range(FEWER):
        captured = orders.capture()
        refunds = [partial(refund, captured.id)] * 2
        *_, voided = together([*refunds, partial(void, orders, captured.order_id)])
        assert voided == "REFUNDED"
        assert net_captured_minor(captured.order_id) == 0
    call_command("checkledger")
