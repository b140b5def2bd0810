from typing import Any

import pytest
from pytest_django.fixtures import Settings

from market.payment.v1 import payment_pb2
from mesh.core.errors import RemoteError
from payment_service.payments.models import LedgerEntry, Payment, SandboxEntry
from payment_service.payments.tests.client import Client, at_once, money, outcome, uid
from payment_service.payments.tests.doubles import HERE

SANDBOX = "payment_service.payments.providers.sandbox.Sandbox"


def test_an_authorization_holds_the_money_and_moves_none(orders: Client) -> None:
    payment = orders.authorize()
    assert payment.state == payment_pb2.PAYMENT_STATE_AUTHORIZED
    assert (payment.amount, payment.captured_amount) == (money(100), money(0))
    assert not payment.ledger
    assert not LedgerEntry.objects.exists()


def test_what_was_authorized_is_captured_in_whole(orders: Client) -> None:
    held = orders.authorize()
    captured = orders.capture(order_id=held.order_id)
    assert (captured.id, captured.state) == (held.id, payment_pb2.PAYMENT_STATE_CAPTURED)
    assert captured.captured_amount == money(100)
    assert [entry.amount for entry in captured.ledger] == [money(100)]


def test_a_part_is_captured_and_no_more_than_that_is_paid_back(orders: Client) -> None:
    held = orders.authorize()
    captured = orders.capture(order_id=held.order_id, amount=money(30))
    assert (captured.amount, captured.captured_amount) == (money(100), money(30))
    assert outcome(lambda: orders.refund(held.id, money(31))) == "REFUND_EXCEEDS_CAPTURE"
    refunded = orders.refund(held.id)
    assert refunded.state == payment_pb2.PAYMENT_STATE_REFUNDED
    assert refunded.refunded_amount == money(30)


def test_more_than_was_authorized_is_not_captured(orders: Client) -> None:
    held = orders.authorize()
    with pytest.raises(RemoteError) as caught:
        orders.capture(order_id=held.order_id, amount=money(100, nanos=10000000))
    assert caught.value.reason == "CAPTURE_EXCEEDS_AUTHORIZATION"
    assert caught.value.metadata == {"authorized": "100.00 EUR"}
    in_dollars = outcome(lambda: orders.capture(order_id=held.order_id, amount=money(1, "USD")))
    assert in_dollars == "CURRENCY_MISMATCH"
    assert outcome(lambda: orders.capture(order_id=held.order_id)) == "CAPTURED"


def test_a_repeat_of_the_capture_of_a_hold_takes_nothing_more(orders: Client) -> None:
    order_id, request_id = orders.authorize().order_id, uid()

    def capture(units: int) -> payment_pb2.Payment:
        return orders.capture(order_id=order_id, request_id=request_id, amount=money(units))

    assert capture(30) == capture(30)
    assert outcome(lambda: capture(31)) == "REQUEST_ID_REUSED"
    assert outcome(lambda: orders.capture(order_id=order_id)) == "ORDER_ALREADY_PAID"


def test_a_repeat_of_an_authorization_answers_the_payment_as_it_is_now(orders: Client) -> None:
    again = {"order_id": uid(), "user_id": uid(), "request_id": uid()}
    assert orders.authorize(**again) == orders.authorize(**again)
    captured = orders.capture(order_id=again["order_id"])
    assert orders.authorize(**again) == captured


@pytest.mark.parametrize(
    "changed",
    [{"order_id": uid()}, {"user_id": uid()}, {"amount": money(99)}, {"method": "pm_flaky"}],
)
def test_a_request_id_used_for_another_authorization_is_refused(
    orders: Client, changed: dict[str, Any]
) -> None:
    first = {"order_id": uid(), "user_id": uid(), "request_id": uid()}
    orders.authorize(**first)
    assert outcome(lambda: orders.authorize(**first | changed)) == "REQUEST_ID_REUSED"


def test_an_order_is_authorized_once_and_not_when_it_is_paid(orders: Client) -> None:
    held, paid = orders.authorize(), orders.capture()
    assert outcome(lambda: orders.authorize(order_id=held.order_id)) == "ORDER_ALREADY_PAID"
    assert outcome(lambda: orders.authorize(order_id=paid.order_id)) == "ORDER_ALREADY_PAID"


@pytest.mark.parametrize(
    ("method", "reason"),
    [("pm_declined", "CARD_DECLINED"), ("pm_nobody_knows", "PAYMENT_METHOD_UNKNOWN")],
)
def test_a_declined_authorization_leaves_the_order_free(
    orders: Client, method: str, reason: str
) -> None:
    again = {"order_id": uid(), "user_id": uid(), "request_id": uid()}
    assert outcome(lambda: orders.authorize(method, **again)) == reason
    assert outcome(lambda: orders.authorize(method, **again)) == reason
    assert outcome(lambda: orders.authorize(order_id=again["order_id"])) == "AUTHORIZED"


def test_lost_answers_are_found_again_by_repeats(orders: Client) -> None:
    order_id, first, second = uid(), uid(), uid()
    user_id = uid()
    authorized = [
        outcome(
            lambda: orders.authorize(
                "pm_timeout", order_id=order_id, user_id=user_id, request_id=first
            )
        )
        for _ in range(3)
    ]
    assert authorized == ["PROVIDER_UNAVAILABLE", "PROVIDER_UNAVAILABLE", "AUTHORIZED"]
    captured = [
        outcome(lambda: orders.capture(order_id=order_id, request_id=second)) for _ in range(3)
    ]
    assert captured == ["PROVIDER_UNAVAILABLE", "PROVIDER_UNAVAILABLE", "CAPTURED"]
    assert SandboxEntry.objects.filter(kind="CHARGE").count() == LedgerEntry.objects.count() == 1


def test_while_an_outcome_is_unknown_other_requests_have_to_wait(orders: Client) -> None:
    order_id = uid()
    outcome(lambda: orders.authorize("pm_timeout", order_id=order_id))
    assert outcome(lambda: orders.capture(order_id=order_id)) == "PAYMENT_PENDING"
    assert outcome(lambda: orders.authorize(order_id=order_id)) == "PAYMENT_PENDING"


def test_a_capture_whose_process_died_is_found_and_not_made_again(
    orders: Client, settings: Settings
) -> None:
    order_id, request_id = orders.authorize().order_id, uid()
    settings.PAYMENT_PROVIDER = f"{HERE}.Killed"
    killed = outcome(lambda: orders.capture(order_id=order_id, request_id=request_id))
    assert (killed, Payment.objects.get().state) == ("INTERNAL", "AUTHORIZED")
    settings.PAYMENT_PROVIDER = SANDBOX
    assert outcome(lambda: orders.capture(order_id=order_id)) == "PAYMENT_PENDING"
    again = outcome(lambda: orders.capture(order_id=order_id, request_id=request_id))
    assert (again, LedgerEntry.objects.count()) == ("CAPTURED", 1)


def test_captures_of_one_hold_at_once_take_it_once(orders: Client) -> None:
    order_id = orders.authorize().order_id
    outcomes = at_once(lambda _: outcome(lambda: orders.capture(order_id=order_id)), times=8)
    assert outcomes.count("CAPTURED") == 1
    assert set(outcomes) <= {"CAPTURED", "PAYMENT_PENDING", "ORDER_ALREADY_PAID"}
    assert SandboxEntry.objects.filter(kind="CHARGE").count() == 1


def test_only_the_order_service_may_authorize(nobody: Client) -> None:
    staff = nobody.as_user(uid(), "payments.write", "payments.read")
    assert outcome(nobody.authorize) == "TOKEN_MISSING"
    assert outcome(nobody.as_service("user_service").authorize) == "NOT_ADMITTED"
    assert outcome(staff.authorize) not in ("AUTHORIZED", "INTERNAL")
    assert not Payment.objects.exists()


@pytest.mark.parametrize("field", ["order_id", "user_id", "request_id"])
def test_an_id_that_is_no_uuid_is_refused_by_name(orders: Client, field: str) -> None:
    with pytest.raises(RemoteError) as caught:
        orders.authorize(**{field: "seven"})
    assert [violation.field for violation in caught.value.violations] == [field]


def test_an_authorization_of_nothing_is_refused(orders: Client) -> None:
    assert outcome(lambda: orders.authorize(amount=money(0))) == "REQUEST_INVALID"
