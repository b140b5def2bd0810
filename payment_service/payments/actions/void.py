"""Ending an order's payment for good: first written down as wanted, then seen through.

Once it is written down, no payment of the order is opened or answered as captured any
more, and an outbox step sees it through should everybody here die.
"""

from uuid import UUID

from django.db import transaction

from mesh.outbox.actions import enqueue
from payment_service.payments import queries
from payment_service.payments.actions import order_slot
from payment_service.payments.actions.refund import refund_what_is_left
from payment_service.payments.actions.settle import resolve, settle
from payment_service.payments.models import Payment
from payment_service.payments.providers.base import provider, provider_request
from payment_service.payments.step_kinds import FINISH_VOID

FINISH_AFTER_S = 30.0
_STATE = Payment.State


def void_payment(*, order_id: UUID, request_id: UUID) -> Payment:
    """Leaves no money of an order taken or held, now and for ever; a repeat changes nothing.

    The payment is VOIDED, REFUNDED or DECLINED then. Raises RefundFailed; RequestIdReused;
    ProviderUnavailable when an outcome is unknown: the void is finished later.
    """
    return finish_void(open_void(order_id=order_id, request_id=request_id))


@transaction.atomic
def open_void(*, order_id: UUID, request_id: UUID) -> Payment:
    """Marks the order's payment to be ended; for an order without one, writes a tombstone.

    An order is voided once, under whichever request_id came first. Raises RequestIdReused.
    """
    queries.lock_order(order_id)
    if payment := queries.voided_payment_of_order(order_id):
        return payment
    payment = queries.last_payment_of_order(order_id)
    if payment is None:
        tombstone = Payment(order_id=order_id, state=_STATE.VOIDED, void_request_id=request_id)
        return order_slot.insert(tombstone)
    payment.void_request_id = request_id
    with order_slot.once_a_request():
        payment.save_as_next_version("void_request_id")
    step = {"payment_id": str(payment.id)}
    enqueue(FINISH_VOID, step, key=f"void:{payment.id}", delay_s=FINISH_AFTER_S)
    return payment


def finish_void(payment: Payment) -> Payment:
    """Brings a payment to its end: its outcome first, if that is unknown, and then undoes it.

    Raises RefundFailed, ProviderUnavailable.
    """
    if payment.state == _STATE.PENDING:
        payment = resolve(payment)
    if payment.state == _STATE.AUTHORIZED:
        # A capture may be under way: the provider says which of the two came first.
        ask = provider_request(f"void:{payment.void_request_id}", payment)
        payment = settle(payment, provider().void(ask, authorization=payment.reference))
    if payment.captured:
        payment = refund_what_is_left(payment)
    return payment
