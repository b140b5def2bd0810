"""The payment service with Stripe as its provider, played by localstripe."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pytest_django.fixtures import Settings

from mesh.contract.money import Amount
from payment_service.payments.models import LedgerEntry, Payment
from payment_service.payments.providers.base import Captured, ProviderRequest, Refunded, Refused
from payment_service.payments.providers.stripe import Stripe, TooLateToAsk
from payment_service.payments.providers.stripe_client import client
from payment_service.payments.providers.stripe_objects import own_minor, stripe_minor
from payment_service.payments.tests.client import Client, money, outcome, uid
from payment_service.payments.tests.stripe_front import Front

VISA, DECLINED = "pm_card_visa", "pm_card_chargeCustomerFail"
WANTS_ITS_OWNER = "4000002500003155"
EURO = Amount(100, "EUR")


def charge() -> dict[str, Any]:
    return {"order_id": uid(), "user_id": uid(), "request_id": uid()}


def ask(key: str, since: datetime | None = None) -> ProviderRequest:
    deadline = time.monotonic() + 5
    return ProviderRequest(key, about=uuid4(), since=since or datetime.now(UTC), deadline=deadline)


def intents_of(payment_id: str) -> list[Any]:
    """The intents at Stripe that were made for a payment."""
    listed = client(5).v1.payment_intents.list({"limit": 100}).data
    return [i for i in listed if i.metadata.to_dict().get("payment_id") == payment_id]


def test_a_charge_moves_the_money_once_however_often_it_is_asked_for(
    stripe: Front, orders: Client
) -> None:
    again = charge()
    payment = orders.capture(VISA, **again)
    assert orders.capture(VISA, **again) == payment
    (intent,) = intents_of(payment.id)
    assert (intent.status, intent.amount, intent.currency) == ("succeeded", 10000, "eur")
    assert Payment.objects.get().reference == intent.id


def test_declines_and_unknown_methods_have_their_reasons(stripe: Front, orders: Client) -> None:
    again = charge()
    assert outcome(lambda: orders.capture(DECLINED, **again)) == "CARD_DECLINED"
    assert outcome(lambda: orders.capture(DECLINED, **again)) == "CARD_DECLINED"
    assert outcome(lambda: orders.authorize(DECLINED)) == "CARD_DECLINED"
    assert outcome(lambda: orders.capture("pm_nobody_knows")) == "PAYMENT_METHOD_UNKNOWN"


def test_a_card_that_wants_its_owner_is_declined_and_its_intent_cancelled(
    stripe: Front, orders: Client
) -> None:
    card: Any = {"number": WANTS_ITS_OWNER, "exp_month": 12, "exp_year": 2040, "cvc": "123"}
    method = client(5).v1.payment_methods.create({"type": "card", "card": card}).id
    again = charge()
    assert outcome(lambda: orders.capture(method, **again)) == "CARD_DECLINED"
    (intent,) = intents_of(str(Payment.objects.get().id))
    assert intent.status == "canceled"


def test_what_was_authorized_is_captured_in_part_and_paid_back(
    stripe: Front, orders: Client
) -> None:
    held = orders.authorize(VISA)
    assert intents_of(held.id)[0].status == "requires_capture"
    captured = orders.capture(VISA, order_id=held.order_id, amount=money(30))
    assert captured.captured_amount == money(30)
    assert outcome(lambda: orders.refund(held.id, money(10))) == "PARTIALLY_REFUNDED"
    assert outcome(lambda: orders.refund(held.id)) == "REFUNDED"


def test_a_void_gives_up_a_hold_and_pays_back_a_charge(stripe: Front, orders: Client) -> None:
    held, captured = orders.authorize(VISA), orders.capture(VISA)
    assert outcome(lambda: orders.void(held.order_id)) == "VOIDED"
    assert intents_of(held.id)[0].status == "canceled"
    assert outcome(lambda: orders.void(captured.order_id)) == "REFUNDED"


def test_a_void_that_comes_after_a_capture_whose_answer_was_lost_pays_back(
    stripe: Front, orders: Client
) -> None:
    held = orders.authorize(VISA)
    stripe.lost = 1
    assert outcome(lambda: orders.capture(VISA, order_id=held.order_id)) == "PROVIDER_UNAVAILABLE"
    assert outcome(lambda: orders.void(held.order_id)) == "REFUNDED"
    assert LedgerEntry.objects.count() == 2


def test_a_capture_that_comes_after_the_hold_ended_is_refused(
    stripe: Front, orders: Client
) -> None:
    held = orders.authorize(VISA)
    client(5).v1.payment_intents.cancel(intents_of(held.id)[0].id)  # as when it expires
    late = charge() | {"order_id": held.order_id}
    assert outcome(lambda: orders.capture(VISA, **late)) == "PAYMENT_VOIDED"
    assert outcome(lambda: orders.get(held.id)) == "VOIDED"


def test_a_lost_answer_is_found_again_and_nothing_charged_twice(
    stripe: Front, orders: Client
) -> None:
    again = charge()
    stripe.lost = 2
    outcomes = [outcome(lambda: orders.capture(VISA, **again)) for _ in range(3)]
    assert outcomes == ["PROVIDER_UNAVAILABLE", "PROVIDER_UNAVAILABLE", "CAPTURED"]
    assert len(intents_of(str(Payment.objects.get().id))) == 1


@pytest.mark.parametrize("status", [401, 409, 429, 500, 503])
def test_what_is_no_answer_leaves_the_outcome_unknown(
    stripe: Front, orders: Client, status: int
) -> None:
    again = charge()
    stripe.status = status
    assert outcome(lambda: orders.capture(VISA, **again)) == "PROVIDER_UNAVAILABLE"
    stripe.status = 0
    assert outcome(lambda: orders.capture(VISA, **again)) == "CAPTURED"


def test_when_stripe_can_not_be_reached_the_outcome_is_unknown(
    stripe: Front, orders: Client, settings: Settings
) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:1"
    assert outcome(lambda: orders.capture(VISA)) == "PROVIDER_UNAVAILABLE"


def test_stripe_is_not_waited_for_longer_than_the_call_may_take(
    stripe: Front, orders: Client
) -> None:
    orders.timeout_s, stripe.delay_s = 1.0, 3.0
    begun = time.monotonic()
    assert outcome(lambda: orders.capture(VISA)) == "PROVIDER_UNAVAILABLE"
    assert time.monotonic() - begun < 1.0


def test_a_refund_is_made_once_even_when_its_key_was_forgotten(stripe: Front) -> None:
    captured = Stripe().capture(ask("c"), amount=EURO, method=VISA)
    assert isinstance(captured, Captured)
    once = ask("r")
    first = Stripe().refund(once, charge=captured.reference, amount=Amount(40, "EUR"))
    stripe.answers.clear()
    second = Stripe().refund(once, charge=captured.reference, amount=Amount(40, "EUR"))
    assert isinstance(first, Refunded)
    assert first == second


def test_a_refund_that_stripe_does_not_take_on_is_refused(stripe: Front) -> None:
    assert Stripe().refund(ask("r"), charge="pi_unknown", amount=EURO) == Refused()


def test_a_charge_is_not_asked_for_again_once_its_key_may_be_forgotten(stripe: Front) -> None:
    old = ask("c", since=datetime.now(UTC) - timedelta(hours=23, seconds=1))
    with pytest.raises(TooLateToAsk):
        Stripe().capture(old, amount=EURO, method=VISA)
    assert not stripe.answers


def test_amounts_are_in_the_units_that_stripe_counts_in() -> None:
    amounts = [Amount(1999, "EUR"), Amount(1200, "JPY"), Amount(1200, "ISK"), Amount(5, "UGX")]
    assert [stripe_minor(amount) for amount in amounts] == [1999, 1200, 120000, 500]
    assert own_minor(120000, "isk") == 1200
