"""Records what the payment service paid back for an order."""

from uuid import UUID

from django.db import transaction

from mesh.contract.money import Amount
from order_service.orders import queries
from order_service.orders.actions.transition import refund_in_place, transition
from order_service.orders.errors import RefundMismatch
from order_service.orders.models import Order

State = Order.State


@transaction.atomic
def record_refund(*, order_id: UUID, payment_id: UUID, refunded: Amount) -> Order:
    """Records the sum that was paid back so far; one that is not higher changes nothing.

    A refund proves that the payment was captured, so an order that has not heard of that
    yet is confirmed first. One that is CANCELLING is left to its void, which pays back the
    rest and ends it. Goods that were not handed over come back with the last of the money;
    those that were are the customer's, whatever is paid back. Raises OrderNotFound,
    RefundMismatch.
    """
    order = queries.order_for_update(order_id=order_id)
    _check(order, payment_id, refunded)
    if order.state == State.PENDING:
        order.payment_id = payment_id
        transition(order, State.CONFIRMED)
    if order.state == State.CANCELLING or refunded.minor <= order.refunded_minor:
        return order
    if order.state == State.CONFIRMED and refunded.minor == order.total_minor:
        order.cancel_reason = Order.CancelReason.REFUNDED
        transition(order, State.REFUNDED)
    else:
        refund_in_place(order, refunded.minor)
    order.refresh_from_db(fields=["update_time"])
    return order


def _check(order: Order, payment_id: UUID, refunded: Amount) -> None:
    """Raises RefundMismatch."""
    if order.state == State.CANCELLED:
        raise RefundMismatch("nothing was taken for this order")
    if order.payment_id not in (None, payment_id):
        raise RefundMismatch("the order was paid by another payment")
    if refunded.currency != order.currency or refunded.minor > order.total_minor:
        raise RefundMismatch("that is more than the order's total, or in another currency")
