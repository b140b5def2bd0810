"""What became of the money when an answer, or the process that waited for it, was lost."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.db.models.functions import Now
from pytest_django.fixtures import Settings

from market.payment.v1.payment_pb2 import PAYMENT_STATE_CAPTURED, PAYMENT_STATE_REFUNDED
from mesh.core.errors import RemoteError
from mesh.outbox.models import DoneStep, Step
from mesh.outbox.runner import run_steps
from payment_service.payments.actions import refund_payment
from payment_service.payments.models import LedgerEntry, Payment, Refund, SandboxEntry
from payment_service.payments.providers.sandbox import FLAKY, unanswered
from payment_service.payments.tests.client import Client, money, outcome, uid
from payment_service.payments.tests.doubles import HERE

SANDBOX = "payment_service.payments.providers.sandbox.Sandbox"


def charge() -> dict[str, Any]:
    return {"order_id": uid(), "user_id": uid(), "request_id": uid()}


def run_steps_now() -> None:
    """Run the steps that were recorded as if their time had come."""
    Step.objects.filter(state=Step.State.PENDING).update(next_at=Now(), ring_at=Now())
    run_steps(list(Step.objects.values_list("id", flat=True)))


def test_an_answer_lost_after_the_charge_is_found_again_by_repeats(orders: Client) -> None:
    request = charge()
    outcomes = [outcome(lambda: orders.capture("pm_timeout", **request)) for _ in range(3)]
    assert outcomes == ["PROVIDER_UNAVAILABLE", "PROVIDER_UNAVAILABLE", "CAPTURED"]
    assert SandboxEntry.objects.get().done
    assert LedgerEntry.objects.count() == 1


def test_an_unknown_outcome_stays_pending_and_says_when_to_ask_again(orders: Client) -> None:
    with pytest.raises(RemoteError) as caught:
        orders.capture("pm_timeout")
    assert caught.value.retry_after_s == 1.0
    assert Payment.objects.get().state == Payment.State.PENDING
    assert not LedgerEntry.objects.exists()


def test_a_flaky_provider_charges_once_it_works(orders: Client) -> None:
    request = charge()
    failures = unanswered(FLAKY, f"capture:{request['request_id']}")
    outcomes = [outcome(lambda: orders.capture(FLAKY, **request)) for _ in range(failures + 1)]
    assert outcomes == ["PROVIDER_UNAVAILABLE"] * failures + ["CAPTURED"]


def test_a_charge_whose_process_died_before_the_commit_is_found_and_not_made_again(
    orders: Client, settings: Settings
) -> None:
    request = charge()
    settings.PAYMENT_PROVIDER = f"{HERE}.Killed"
    assert outcome(lambda: orders.capture(**request)) == "INTERNAL"
    assert SandboxEntry.objects.get().done
    assert Payment.objects.get().state == Payment.State.PENDING
    settings.PAYMENT_PROVIDER = SANDBOX
    assert outcome(lambda: orders.capture(**request)) == "CAPTURED"
    assert SandboxEntry.objects.count() == LedgerEntry.objects.count() == 1


def test_the_provider_is_never_asked_inside_a_transaction(orders: Client) -> None:
    payment_id = UUID(orders.capture().id)
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        refund_payment(payment_id=payment_id, amount=None, request_id=uuid4())
    assert not Refund.objects.exists()


def test_a_refund_without_an_outcome_keeps_its_amount_from_others(
    orders: Client, settings: Settings
) -> None:
    payment_id, request_id = orders.capture().id, uid()
    settings.PAYMENT_PROVIDER = f"{HERE}.Away"
    assert outcome(lambda: orders.refund(payment_id, money(80))) == "PROVIDER_UNAVAILABLE"
    settings.PAYMENT_PROVIDER = SANDBOX
    payment = orders.get(payment_id)
    assert (payment.state, payment.refunded_amount) == (PAYMENT_STATE_CAPTURED, money(0))
    too_much = outcome(lambda: orders.refund(payment_id, money(30), request_id))
    assert too_much == "REFUND_EXCEEDS_CAPTURE"
    assert outcome(lambda: orders.refund(payment_id, money(20))) == "PARTIALLY_REFUNDED"


def test_a_repeat_finishes_a_refund_whose_answer_was_lost(orders: Client) -> None:
    request = charge()
    for _ in range(3):
        outcome(lambda: orders.capture("pm_timeout", **request))
    payment_id, request_id = orders.capture("pm_timeout", **request).id, uid()
    outcomes = [outcome(lambda: orders.refund(payment_id, money(40), request_id)) for _ in range(3)]
    assert outcomes == ["PROVIDER_UNAVAILABLE", "PROVIDER_UNAVAILABLE", "PARTIALLY_REFUNDED"]
    assert SandboxEntry.objects.filter(kind="REFUND").count() == 1


def test_a_refund_that_nobody_repeats_is_finished_by_its_step(
    orders: Client, settings: Settings
) -> None:
    payment_id = orders.capture().id
    settings.PAYMENT_PROVIDER = f"{HERE}.Killed"
    assert outcome(lambda: orders.refund(payment_id)) == "INTERNAL"
    settings.PAYMENT_PROVIDER = SANDBOX
    run_steps_now()
    assert orders.get(payment_id).state == PAYMENT_STATE_REFUNDED
    assert SandboxEntry.objects.filter(kind="REFUND").count() == 1


def test_the_step_of_a_refund_that_ended_changes_nothing(orders: Client) -> None:
    refunded = orders.refund(orders.capture().id, money(40))
    run_steps_now()
    assert orders.get(refunded.id) == refunded
    assert DoneStep.objects.filter(kind="finish_refund").count() == 1


def test_a_slow_provider_is_not_waited_for_longer_than_the_call_may_take(orders: Client) -> None:
    request = charge()
    orders.timeout_s = 1.0
    assert outcome(lambda: orders.capture("pm_slow", **request)) == "PROVIDER_UNAVAILABLE"
    orders.timeout_s = 5.0
    assert outcome(lambda: orders.capture("pm_slow", **request)) == "CAPTURED"
    assert SandboxEntry.objects.count() == 1


def test_without_time_left_for_an_answer_the_provider_is_not_asked(orders: Client) -> None:
    orders.timeout_s = 0.2
    assert outcome(orders.capture) in ("DEADLINE_EXCEEDED", "PROVIDER_UNAVAILABLE")
    assert not SandboxEntry.objects.exists()
