"""The sweeper: whatever happened to it, an order comes to rest."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction
from django.db.models import F

from mesh.outbox.models import Step
from mesh.outbox.periodic import PeriodicJobs
from order_service.orders.actions import cancel_order, enqueue_missing, give_up_unknown
from order_service.orders.models import Order
from order_service.orders.queries import order_for_update
from order_service.tests.placing import stock
from order_service.tests.steps import mails, run_owed
from order_service.tests.threads import at_once, meanwhile
from order_service.tests.toys import ToyPayments

pytestmark = pytest.mark.django_db(transaction=True)
Payments = type[ToyPayments]
LIMIT = timedelta(seconds=15 * 60)
State = Order.State


def let_limit_pass() -> None:
    Order.objects.update(create_time=F("create_time") - LIMIT)


def test_the_relay_s_housekeeping_sweeps(pending: UUID, payments: Payments) -> None:
    let_limit_pass()
    PeriodicJobs().run_when_due()
    assert Order.objects.get().state == State.CANCELLING
    Step.objects.all().delete()
    PeriodicJobs().run_when_due()
    run_owed("void_order")
    assert Order.objects.get().state == State.CANCELLED


def test_a_charge_without_an_outcome_is_given_up_past_the_limit_and_settled(
    pending: UUID, payments: Payments
) -> None:
    payments.answers_lost = 100
    run_owed("charge_order")
    assert give_up_unknown() == 0
    let_limit_pass()
    assert (give_up_unknown(), give_up_unknown()) == (1, 0)
    run_owed("charge_order")
    order = Order.objects.get()
    assert (order.state, order.cancel_reason) == (State.REFUNDED, "PAYMENT_UNKNOWN")
    assert (stock(), mails(), payments.holds()) == ({"MUG": 10}, ["order_refunded"], set())


def test_an_order_that_was_paid_in_time_is_kept_past_the_limit(
    pending: UUID, payments: Payments
) -> None:
    run_owed("charge_order")
    let_limit_pass()
    assert give_up_unknown() == 0
    assert Order.objects.get().state == State.CONFIRMED


def test_a_pending_order_without_a_step_is_charged_after_all(
    pending: UUID, payments: Payments
) -> None:
    assert enqueue_missing() == 0
    Step.objects.all().delete()
    assert (enqueue_missing(), enqueue_missing()) == (1, 0)
    run_owed("charge_order")
    assert Order.objects.get().state == State.CONFIRMED


def test_a_cancelling_order_without_a_step_is_voided_after_all(
    pending: UUID, payments: Payments
) -> None:
    cancel_order(order_id=pending, owner=None, reason=Order.CancelReason.REQUESTED)
    Step.objects.all().delete()
    assert (enqueue_missing(), enqueue_missing()) == (1, 0)
    run_owed("void_order")
    assert Order.objects.get().state == State.CANCELLED


def test_an_order_at_rest_is_owed_nothing(pending: UUID, payments: Payments) -> None:
    run_owed("charge_order")
    Step.objects.all().delete()
    assert enqueue_missing() == 0


def test_an_order_that_somebody_is_at_is_left_for_the_next_time(pending: UUID) -> None:
    let_limit_pass()
    Step.objects.all().delete()

    def sweep() -> None:
        assert (give_up_unknown(), enqueue_missing()) == (0, 0)

    with transaction.atomic():
        order_for_update(order_id=pending)
        with meanwhile(sweep):
            pass


def test_several_sweepers_give_an_order_up_once(pending: UUID, payments: Payments) -> None:
    let_limit_pass()
    assert sorted(map(str, at_once([give_up_unknown] * 4))) == ["0", "0", "0", "1"]
    assert Step.objects.filter(kind="void_order").count() == 1
