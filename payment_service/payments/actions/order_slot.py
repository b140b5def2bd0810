"""The one payment that an order may have: who opens it, and what a repeat is told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import IntegrityError, transaction

from mesh.rpc.idempotency.errors import RequestIdReused
from payment_service.payments import queries
from payment_service.payments.errors import (
    CardDeclined,
    InsufficientFunds,
    OrderAlreadyPaid,
    PaymentError,
    PaymentMethodUnknown,
    PaymentPending,
    PaymentVoided,
)
from payment_service.payments.models import DeclineReason, Payment

DECLINES: dict[str, type[PaymentError]] = {
    DeclineReason.CARD_DECLINED: CardDeclined,
    DeclineReason.INSUFFICIENT_FUNDS: InsufficientFunds,
    DeclineReason.PAYMENT_METHOD_UNKNOWN: PaymentMethodUnknown,
}


def claim_order(order_id: UUID) -> None:
    """Locks an order until the transaction ends. Raises PaymentVoided."""
    queries.lock_order(order_id)
    if queries.voided_payment_of_order(order_id):
        raise _voided()


def match_repeat(payment: Payment, asked: Payment, alike: Callable[[Payment], object]) -> Payment:
    """Returns the payment, for a repeat that asks for the same. Raises RequestIdReused."""
    if alike(payment) != alike(asked):
        raise RequestIdReused
    return payment


def insert(payment: Payment) -> Payment:
    """Writes a payment down. Raises RequestIdReused."""
    with once_a_request():
        payment.save(force_insert=True)
    payment.refresh_from_db(fields=["create_time", "update_time"])
    return payment


@contextmanager
def once_a_request() -> Iterator[None]:
    """Raises RequestIdReused when what is saved inside has another one's request_id.

    With the order or payment locked, that is the only thing that the database can refuse.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise RequestIdReused from error


def conflict(other: Payment) -> PaymentError:
    """Returns why an order that has this payment can't have another one."""
    if other.state == Payment.State.PENDING:
        return PaymentPending("another payment for this order has no outcome yet")
    return OrderAlreadyPaid("the order is paid or authorized", payment_id=other.id)


def result(payment: Payment) -> Payment:
    """Returns a settled payment. Raises its decline, or PaymentVoided."""
    if payment.void_request_id or payment.state == Payment.State.VOIDED:
        raise _voided()
    if payment.state == Payment.State.DECLINED:
        raise DECLINES[payment.decline_reason]("the payment was declined")
    return payment


def _voided() -> PaymentVoided:
    return PaymentVoided("the order's payment was voided")
