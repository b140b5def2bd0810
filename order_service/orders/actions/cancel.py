"""Cancels an order, and ends it once it is certain what was paid."""

from uuid import UUID

from django.db import transaction

from mesh.outbox.actions import retry_now
from order_service.orders import queries
from order_service.orders.actions.state_step import enqueue_step
from order_service.orders.actions.transition import transition
from order_service.orders.errors import OrderFulfilled
from order_service.orders.models import Order
from order_service.orders.states import may_transition

State = Order.State


@transaction.atomic
def cancel_order(*, order_id: UUID, owner: str | None, reason: Order.CancelReason) -> Order:
    """Cancels an order of one owner (None: of anybody); one given up already stays as it is.

    Raises OrderNotFound, OrderFulfilled.
    """
    order = queries.order_for_update(order_id=order_id, owner=owner)
    if order.state == State.FULFILLED:
        raise OrderFulfilled("the order was handed over and can't be cancelled any more")
    if may_transition(order, State.CANCELLING):
        give_up(order, reason)
        order.refresh_from_db(fields=["update_time"])
    return order


def give_up(order: Order, reason: Order.CancelReason) -> None:
    """Takes a locked order to CANCELLING and enqueues the void, in the current transaction.

    A charge under way is waited for. One that waits to be asked again gets its turn now:
    it ends without asking, and the void finds out what it came to.
    """
    order.cancel_reason = reason
    transition(order, State.CANCELLING)
    enqueue_step(order)
    retry_now(key=str(order.id))


@transaction.atomic
def end_cancelling(*, order_id: UUID, refunded_payment: UUID | None) -> None:
    """Ends an order that was given up, as its payment ended; a repeat changes nothing.

    REFUNDED when a payment was paid back, CANCELLED when none was taken. The database
    refuses to end an order that was confirmed as if nothing had been taken for it.
    """
    order = queries.order_for_update(order_id=order_id)
    if order.state in (State.CANCELLED, State.REFUNDED):
        return
    if refunded_payment is None:
        return transition(order, State.CANCELLED)
    order.payment_id = refunded_payment
    transition(order, State.REFUNDED)
