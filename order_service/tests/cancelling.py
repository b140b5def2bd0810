"""Giving an order of 4 of 10 mugs up, and seeing that it came to rest."""

from uuid import UUID

from mesh.outbox.models import Step
from order_service.orders.actions import cancel_order
from order_service.orders.models import Order
from order_service.tests.placing import stock
from order_service.tests.steps import mails, run_owed
from order_service.tests.toys import ToyPayments

State = Order.State
REQUESTED = Order.CancelReason.REQUESTED


def cancel(order_id: UUID) -> Order:
    return cancel_order(order_id=order_id, owner=None, reason=REQUESTED)


def charge() -> None:
    """And whatever comes after the charge in its key."""
    run_owed("charge_order")


def ended(state: State, *sent: str) -> None:
    """The order came to rest there, with these mails, its stock back and no money kept."""
    order = Order.objects.get()
    assert (order.state, order.cancel_reason) == (state, REQUESTED)
    assert (stock(), mails()) == ({"MUG": 10}, [*sent])
    assert ToyPayments.holds() == set()
    assert order.payment_id == ToyPayments.captured.get(str(order.id))
    assert not Step.objects.exclude(kind="send_mail").exclude(state=Step.State.DONE).exists()
