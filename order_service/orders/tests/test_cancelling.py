"""Giving an order up, at every point of its charge: no money stays taken, the stock is back."""

from uuid import UUID

import pytest
from django.db import transaction

from mesh.outbox.models import Step
from order_service.conftest import MakeProduct
from order_service.orders.models import Order
from order_service.orders.queries import order_for_update
from order_service.tests.cancelling import cancel, charge, ended
from order_service.tests.placing import place
from order_service.tests.steps import let_time_pass, run_owed
from order_service.tests.threads import meanwhile
from order_service.tests.toys import ToyPayments

pytestmark = pytest.mark.django_db(transaction=True)
Payments = type[ToyPayments]
State = Order.State


def test_an_order_cancelled_before_its_charge_is_never_charged(
    pending: UUID, payments: Payments
) -> None:
    assert cancel(pending).state == State.CANCELLING
    charge()
    ended(State.CANCELLED, "order_cancelled")
    assert (payments.asked, payments.voided) == ([], [str(pending)])


def test_a_cancel_while_payment_is_asked_waits_for_the_money_and_gives_it_back(
    pending: UUID, payments: Payments
) -> None:
    payments.before_taking.shut()
    with meanwhile(charge):
        payments.before_taking.wait_until_reached()
        cancel(pending)
        payments.before_taking.open()
    ended(State.REFUNDED, "order_refunded")


def test_a_cancel_after_the_money_was_taken_and_before_the_answer_gives_it_back(
    pending: UUID, payments: Payments
) -> None:
    payments.before_answering.shut()
    with meanwhile(charge):
        payments.before_answering.wait_until_reached()
        cancel(pending)
        payments.before_answering.open()
    ended(State.REFUNDED, "order_refunded")


def test_a_cancel_between_the_answer_and_its_commit_gives_the_money_back(
    pending: UUID, payments: Payments
) -> None:
    payments.before_answering.shut()
    with meanwhile(charge), transaction.atomic():
        payments.before_answering.wait_until_reached()
        order_for_update(order_id=pending)
        payments.before_answering.open()
        cancel(pending)
    ended(State.REFUNDED, "order_refunded")


def test_a_confirmed_order_is_paid_back(pending: UUID, payments: Payments) -> None:
    charge()
    cancel(pending)
    run_owed("void_order")
    ended(State.REFUNDED, "order_confirmed", "order_refunded")


def test_a_decline_that_comes_after_the_cancel_ends_the_order_as_cancelled(
    product: MakeProduct, payments: Payments
) -> None:
    product("MUG", stock=10)
    order_id = place({"MUG": 4}, payment_method="CARD_DECLINED").id
    payments.before_taking.shut()
    with meanwhile(charge):
        payments.before_taking.wait_until_reached()
        cancel(order_id)
        payments.before_taking.open()
    ended(State.CANCELLED, "order_cancelled")


def test_a_charge_that_fails_during_the_cancel_is_not_asked_again(
    pending: UUID, payments: Payments
) -> None:
    payments.before_answering.shut()
    payments.answers_lost = 100
    with meanwhile(charge):
        payments.before_answering.wait_until_reached()
        cancel(pending)
        payments.before_answering.open()
    ended(State.REFUNDED, "order_refunded")


def test_a_charge_that_waits_to_be_asked_again_gives_its_turn_to_the_void(
    pending: UUID, payments: Payments
) -> None:
    payments.answers_lost = 100
    charge()
    asked = len(payments.asked)
    cancel(pending)
    charge()
    assert len(payments.asked) == asked
    ended(State.REFUNDED, "order_refunded")


def test_a_parked_charge_does_not_hold_up_a_cancel(pending: UUID, payments: Payments) -> None:
    Step.objects.update(state=Step.State.PARKED, ring_at=None, attempts=99)
    cancel(pending)
    charge()
    ended(State.CANCELLED, "order_cancelled")


def lease_lost_to_a_cancel(pending: UUID) -> None:
    """The worker at the charge is taken for dead, and another brings the order to its end."""
    cancel(pending)
    let_time_pass()
    charge()


def test_a_charge_that_arrives_after_its_void_is_refused_and_changes_nothing(
    pending: UUID, payments: Payments
) -> None:
    payments.before_taking.shut()
    with meanwhile(charge):
        payments.before_taking.wait_until_reached()
        lease_lost_to_a_cancel(pending)
        ended(State.CANCELLED, "order_cancelled")
        payments.before_taking.open()
    ended(State.CANCELLED, "order_cancelled")


def test_a_charge_that_answers_after_its_void_changes_nothing(
    pending: UUID, payments: Payments
) -> None:
    payments.before_answering.shut()
    with meanwhile(charge):
        payments.before_answering.wait_until_reached()
        lease_lost_to_a_cancel(pending)
        ended(State.REFUNDED, "order_refunded")
        payments.before_answering.open()
    ended(State.REFUNDED, "order_refunded")
