"""Charging: written down first, then asked of the provider, then written down as settled.

No transaction is open while the provider is asked. Whatever dies between these lines, a
repeat of the request goes on from the row, under the same idempotency key.
"""

from operator import attrgetter
from uuid import UUID

from django.db import transaction

from mesh.idempotency.errors import RequestIdReused
from mesh.money import Amount
from payment_service.payments import queries
from payment_service.payments.errors import (
    CardDeclined,
    InsufficientFunds,
    OrderAlreadyPaid,
    PaymentError,
    PaymentMethodUnknown,
    PaymentPending,
)
from payment_service.payments.models import DeclineReason, LedgerEntry, Payment
from payment_service.payments.providers import Captured, Declined, provider

DECLINES: dict[str, type[PaymentError]] = {
    DeclineReason.CARD_DECLINED: CardDeclined,
    DeclineReason.INSUFFICIENT_FUNDS: InsufficientFunds,
    DeclineReason.PAYMENT_METHOD_UNKNOWN: PaymentMethodUnknown,
}
_asked = attrgetter("order_id", "user_id", "amount_minor", "currency", "payment_method")


def capture_payment(
    *, order_id: UUID, user_id: UUID, amount: Amount, payment_method: str, request_id: UUID
) -> Payment:
    """Charge for an order, at most once per request_id and at most once per order.

    A repeat answers the payment, raises the same decline, or asks the provider again.
    Raises CardDeclined, InsufficientFunds, PaymentMethodUnknown; RequestIdReused;
    OrderAlreadyPaid or PaymentPending when another request was first; ProviderUnavailable
    when the outcome is unknown: the payment stays PENDING.
    """
    payment = open_payment(
        order_id=order_id,
        user_id=user_id,
        amount=amount,
        payment_method=payment_method,
        request_id=request_id,
    )
    if payment.state == Payment.State.PENDING:
        outcome = provider().capture(
            idempotency_key=f"capture:{payment.request_id}",
            amount=payment.amount,
            method=payment.payment_method,
        )
        payment = settle_capture(payment_id=payment.id, outcome=outcome)
    if payment.state == Payment.State.DECLINED:
        raise DECLINES[payment.decline_reason]("the payment was declined")
    return payment


@transaction.atomic
def open_payment(
    *, order_id: UUID, user_id: UUID, amount: Amount, payment_method: str, request_id: UUID
) -> Payment:
    """The request's payment: a new one, PENDING, or for a repeat the one there is.

    Raises RequestIdReused, OrderAlreadyPaid, PaymentPending.
    """
    asked = Payment(
        request_id=request_id,
        order_id=order_id,
        user_id=user_id,
        amount_minor=amount.minor,
        currency=amount.currency,
        payment_method=payment_method,
    )
    # The unique indexes decide who is first: of the request, and of the order.
    Payment.objects.bulk_create([asked], ignore_conflicts=True)
    payment = queries.payment_of_request(request_id)
    if payment is None:
        raise _other_payment_of(order_id)
    if _asked(payment) != _asked(asked):
        raise RequestIdReused("this request_id was used for another payment")
    return payment


def _other_payment_of(order_id: UUID) -> PaymentError:
    other = queries.standing_payment_of_order(order_id)
    if other is None or other.state == Payment.State.PENDING:
        return PaymentPending("another payment for this order has no outcome yet")
    return OrderAlreadyPaid("the order is paid", payment_id=other.id)


@transaction.atomic
def settle_capture(*, payment_id: UUID, outcome: Captured | Declined) -> Payment:
    """Write down the provider's outcome; a payment that has one is left as it is."""
    payment = queries.payment_for_update(payment_id)
    if payment.state != Payment.State.PENDING:
        return payment
    match outcome:
        case Captured(reference):
            payment.state, payment.reference = Payment.State.CAPTURED, reference
            _record_capture(payment)
        case Declined(reason):
            payment.state, payment.decline_reason = Payment.State.DECLINED, reason
    payment.save_as_next_version("state", "reference", "decline_reason")
    return payment


def _record_capture(payment: Payment) -> None:
    LedgerEntry.objects.create(
        payment=payment,
        debit_account=LedgerEntry.Account.PROVIDER,
        credit_account=LedgerEntry.Account.CUSTOMER,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
    )
