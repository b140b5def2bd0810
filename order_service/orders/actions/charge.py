"""How the charge of an order ends."""

from uuid import UUID

from django.db import transaction

from order_service.orders import queries
from order_service.orders.actions.transition import transition
from order_service.orders.models import Order

State = Order.State


@transaction.atomic
def confirm_order(*, order_id: UUID, payment_id: UUID) -> None:
    """Confirms a pending order that was paid. A repeat changes nothing.

    Nothing either when it was given up in the meantime: the void, which is enqueued by then,
    pays back. Raises TransitionRefused when it has come to an end without payment.
    """
    order = queries.order_for_update(order_id=order_id)
    if order.payment_id == payment_id or order.state == State.CANCELLING:
        return
    order.payment_id = payment_id
    transition(order, State.CONFIRMED)


@transaction.atomic
def decline_order(*, order_id: UUID) -> None:
    """Cancels a pending order whose payment was declined. A repeat changes nothing.

    Nothing either when it was given up in the meantime: the void hears of the decline
    itself. Raises TransitionRefused when the order was paid.
    """
    order = queries.order_for_update(order_id=order_id)
    if order.state in (State.CANCELLED, State.CANCELLING):
        return
    order.cancel_reason = Order.CancelReason.PAYMENT_DECLINED
    transition(order, State.CANCELLED)
