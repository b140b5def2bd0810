"""Holding money: written down first, then asked of the provider, then settled."""

from operator import attrgetter
from uuid import UUID

from django.db import transaction

from mesh.contract.money import Amount
from payment_service.payments import queries
from payment_service.payments.actions import order_slot
from payment_service.payments.actions.settle import resolve
from payment_service.payments.models import Payment

_asked = attrgetter("order_id", "user_id", "amount", "payment_method")


def authorize_payment(
    *, order_id: UUID, user_id: UUID, amount: Amount, payment_method: str, request_id: UUID
) -> Payment:
    """Holds money for an order, at most once per request_id and at most once per order.

    A repeat returns the payment, raises the same decline, or asks the provider again.
    Raises CardDeclined, InsufficientFunds, PaymentMethodUnknown; RequestIdReused;
    OrderAlreadyPaid or PaymentPending when another request was first; PaymentVoided;
    ProviderUnavailable when the outcome is unknown: the payment stays PENDING.
    """
    payment = Payment(
        order_id=order_id,
        user_id=user_id,
        amount_minor=amount.minor,
        currency=amount.currency,
        payment_method=payment_method,
        authorize_request_id=request_id,
    )
    payment = open_authorization(payment)
    # What is under way with a hold that is there is its capture: that has its own caller.
    if payment.state == Payment.State.PENDING:
        payment = resolve(payment)
    return order_slot.result(payment)


@transaction.atomic
def open_authorization(asked: Payment) -> Payment:
    """Returns the request's payment: a new one, PENDING, or for a repeat the one there is."""
    order_slot.claim_order(asked.order_id)
    if payment := queries.payment_authorized_by(asked.authorize_request_id):
        return order_slot.match_repeat(payment, asked, _asked)
    if other := queries.standing_payment_of_order(asked.order_id):
        raise order_slot.conflict(other)
    return order_slot.insert(asked)
