"""The void of an order given up, what is asked of it again, and what can't be given up."""

from uuid import UUID

import pytest
from django.db import transaction

from mesh.core.errors import Unavailable
from mesh.outbox.actions import enqueue
from mesh.outbox.models import Step
from order_service.orders.actions import cancel_order, fulfill_order
from order_service.orders.errors import OrderFulfilled, OrderNotConfirmed, OrderNotFound
from order_service.orders.models import Order
from order_service.tests.cancelling import REQUESTED, cancel, charge, ended
from order_service.tests.placing import stock
from order_service.tests.steps import let_time_pass, mails, run_owed
from order_service.tests.toys import ToyPayments

pytestmark = pytest.mark.django_db(transaction=True)
Payments = type[ToyPayments]
State = Order.State


def test_a_cancel_waits_while_payment_is_down_and_ends_once_it_is_back(
    pending: UUID, request: pytest.FixtureRequest
) -> None:
    cancel(pending)
    charge()
    assert (Order.objects.get().state, stock(), mails()) == (State.CANCELLING, {"MUG": 6}, [])
    assert Unavailable.reason in Step.objects.get(kind="void_order").last_error
    request.getfixturevalue("payments")
    let_time_pass()
    run_owed("void_order")
    ended(State.CANCELLED, "order_cancelled")


def test_a_void_that_is_run_again_changes_nothing(pending: UUID, payments: Payments) -> None:
    cancel(pending)
    charge()
    before = Order.objects.values().get()
    with transaction.atomic():
        enqueue("void_order", {"order_id": str(pending)}, key=str(pending))
    run_owed("void_order")
    assert Order.objects.values().get() == before
    ended(State.CANCELLED, "order_cancelled")


def test_a_cancel_of_an_order_given_up_answers_it_as_it_is(
    pending: UUID, payments: Payments
) -> None:
    first = cancel(pending)
    assert cancel(pending).version == first.version == 2
    assert Step.objects.filter(kind="void_order").count() == 1
    charge()
    assert (cancel(pending).state, cancel(pending).version) == (State.CANCELLED, 3)


def test_another_s_order_is_not_there_to_be_cancelled(pending: UUID, buyer: UUID) -> None:
    with pytest.raises(OrderNotFound):
        cancel_order(order_id=pending, owner=str(buyer), reason=REQUESTED)
    assert Order.objects.get().state == State.PENDING


def test_what_was_handed_over_is_not_cancelled_and_its_mail_is_owed_once(
    pending: UUID, payments: Payments
) -> None:
    charge()
    assert fulfill_order(order_id=pending).version == fulfill_order(order_id=pending).version
    with pytest.raises(OrderFulfilled):
        cancel(pending)
    assert (Order.objects.get().state, stock()) == (State.FULFILLED, {"MUG": 6})
    assert mails() == ["order_confirmed", "order_fulfilled"]
    assert payments.holds() == {str(pending)}


def test_only_a_confirmed_order_is_handed_over(pending: UUID, payments: Payments) -> None:
    with pytest.raises(OrderNotConfirmed):
        fulfill_order(order_id=pending)
    cancel(pending)
    with pytest.raises(OrderNotConfirmed):
        fulfill_order(order_id=pending)
    charge()
    with pytest.raises(OrderNotConfirmed):
        fulfill_order(order_id=pending)
    ended(State.CANCELLED, "order_cancelled")
