"""The outbox step that takes an order out of a state in which none stays."""

from mesh.outbox.actions import enqueue
from order_service.orders.models import Order
from order_service.orders.states import STEP_FOR_STATE


def enqueue_step(order: Order) -> None:
    """As part of the current transaction; steps of one order are run in turn.

    One recorded twice is harmless: it ends when it sees that the order has moved on.
    """
    enqueue(STEP_FOR_STATE[order.state], {"order_id": str(order.id)}, key=str(order.id))
