from typing import Any

import pytest

from market.payment.v1 import payment_pb2
from mesh.core.errors import RemoteError
from payment_service.payments.models import LedgerEntry, Payment, SandboxEntry
from payment_service.payments.tests.client import Client, at_once, money, outcome, uid


def test_a_capture_answers_the_captured_payment_with_its_ledger(orders: Client) -> None:
    order_id, user_id = uid(), uid()
    payment = orders.capture(order_id=order_id, user_id=user_id, amount=money(19, nanos=990000000))
    assert (payment.order_id, payment.user_id) == (order_id, user_id)
    assert payment.state == payment_pb2.PAYMENT_STATE_CAPTURED
    assert payment.amount == money(19, nanos=990000000)
    assert payment.refunded_amount == money(0)
    (entry,) = payment.ledger
    assert (entry.debit_account, entry.credit_account) == ("provider", "customer")
    assert entry.amount == payment.amount


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ("pm_declined", "CARD_DECLINED"),
        ("pm_insufficient_funds", "INSUFFICIENT_FUNDS"),
        ("pm_nobody_knows", "PAYMENT_METHOD_UNKNOWN"),
    ],
)
def test_a_decline_has_its_reason_and_a_repeat_gets_the_same(
    orders: Client, method: str, reason: str
) -> None:
    again = {"order_id": uid(), "user_id": uid(), "request_id": uid()}
    assert outcome(lambda: orders.capture(method, **again)) == reason
    assert outcome(lambda: orders.capture(method, **again)) == reason
    payment = Payment.objects.get()
    assert (payment.state, payment.decline_reason, payment.version) == ("DECLINED", reason, 2)
    assert not LedgerEntry.objects.exists()


def test_an_order_whose_payment_was_declined_can_be_paid_by_another_request(
    orders: Client,
) -> None:
    order_id = uid()
    assert outcome(lambda: orders.capture("pm_declined", order_id=order_id)) == "CARD_DECLINED"
    assert outcome(lambda: orders.capture("pm_ok", order_id=order_id)) == "CAPTURED"


def test_a_repeat_answers_the_first_payment_and_charges_nothing_more(orders: Client) -> None:
    again = {"order_id": uid(), "user_id": uid(), "request_id": uid()}
    assert orders.capture(**again) == orders.capture(**again)
    assert SandboxEntry.objects.get().asks == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"order_id": uid()},
        {"user_id": uid()},
        {"amount": money(99)},
        {"amount": money(100, "USD")},
        {"method": "pm_flaky"},
    ],
)
def test_a_request_id_used_for_another_payment_is_refused(
    orders: Client, changed: dict[str, Any]
) -> None:
    first = {"order_id": uid(), "user_id": uid(), "request_id": uid()}
    orders.capture(**first)
    assert outcome(lambda: orders.capture(**first | changed)) == "REQUEST_ID_REUSED"


def test_a_paid_order_is_not_charged_by_another_request(orders: Client) -> None:
    first = orders.capture()
    with pytest.raises(RemoteError) as caught:
        orders.capture(order_id=first.order_id)
    assert caught.value.reason == "ORDER_ALREADY_PAID"
    assert caught.value.metadata == {"payment_id": first.id}


def test_while_the_outcome_is_unknown_another_request_for_the_order_has_to_wait(
    orders: Client,
) -> None:
    order_id = uid()
    assert (
        outcome(lambda: orders.capture("pm_timeout", order_id=order_id)) == "PROVIDER_UNAVAILABLE"
    )
    assert outcome(lambda: orders.capture("pm_ok", order_id=order_id)) == "PAYMENT_PENDING"


def test_many_repeats_at_once_charge_once_and_get_the_same_answer(orders: Client) -> None:
    again = {"order_id": uid(), "user_id": uid(), "request_id": uid()}
    answers = at_once(lambda _: orders.capture(**again).SerializeToString(), times=10)
    assert len(set(answers)) == 1
    assert SandboxEntry.objects.count() == LedgerEntry.objects.count() == 1


def test_many_requests_for_one_order_at_once_charge_once(orders: Client) -> None:
    order_id = uid()
    outcomes = at_once(lambda _: outcome(lambda: orders.capture(order_id=order_id)), times=10)
    assert outcomes.count("CAPTURED") == 1
    assert set(outcomes) <= {"CAPTURED", "PAYMENT_PENDING", "ORDER_ALREADY_PAID"}
    assert SandboxEntry.objects.count() == 1


def test_yen_have_no_fractions(orders: Client) -> None:
    assert orders.capture(amount=money(1200, "JPY")).amount == money(1200, "JPY")
    assert Payment.objects.get().amount_minor == 1200
    with pytest.raises(RemoteError) as caught:
        orders.capture(amount=money(1200, "JPY", nanos=500000000))
    assert caught.value.reason == "REQUEST_INVALID"
    assert [violation.reason for violation in caught.value.violations] == ["money.too_fine"]


@pytest.mark.parametrize(
    "amount",
    [
        money(0),
        money(-5),
        money(0, nanos=-10000000),
        money(5, ""),
        money(5, "euro"),
        money(2**62),
        None,
    ],
)
def test_an_amount_that_is_not_above_zero_or_no_money_is_refused_by_name(
    orders: Client, amount: object
) -> None:
    with pytest.raises(RemoteError) as caught:
        orders.capture(amount=amount)
    assert caught.value.reason == "REQUEST_INVALID"
    assert {violation.field for violation in caught.value.violations} == {"amount"}


@pytest.mark.parametrize("field", ["order_id", "user_id", "request_id"])
def test_an_id_that_is_no_uuid_is_refused_by_name(orders: Client, field: str) -> None:
    with pytest.raises(RemoteError) as caught:
        orders.capture(**{field: "seven"})
    assert [violation.field for violation in caught.value.violations] == [field]


def test_only_the_order_service_may_capture(nobody: Client) -> None:
    staff = nobody.as_user(uid(), "payments.write", "payments.read")
    assert outcome(nobody.capture) == "TOKEN_MISSING"
    assert outcome(nobody.as_service("user_service").capture) == "NOT_ADMITTED"
    assert outcome(staff.capture) != "CAPTURED"
    assert not Payment.objects.exists()
