from uuid import UUID

from django.db import transaction

from order_service.orders import queries
from order_service.orders.actions.transition import transition
from order_service.orders.errors import OrderNotConfirmed
from order_service.orders.models import Order

State = Order.State


@transaction.atomic
def fulfill_order(*, order_id: UUID) -> Order:
    """Marks a confirmed order as handed over; a repeat changes nothing.

    Raises OrderNotFound, OrderNotConfirmed.
    """
    order = queries.order_for_update(order_id=order_id)
    if order.state == State.FULFILLED:
        return order
    if order.state != State.CONFIRMED:
        raise OrderNotConfirmed("only a confirmed order can be handed over")
    transition(order, State.FULFILLED)
    order.refresh_from_db(fields=["update_time"])
    return order
