"""Taking money: written down first, then asked of the provider, then settled."""

from operator import attrgetter
from uuid import UUID

from django.db import transaction

from mesh.contract.money import Amount
from mesh.core.failpoints import failpoint
from payment_service.payments import queries
from payment_service.payments.actions import order_slot
from payment_service.payments.actions.settle import resolve
from payment_service.payments.errors import (
    CaptureExceedsAuthorization,
    CurrencyMismatch,
    PaymentPending,
)
from payment_service.payments.models import Payment

_asked = attrgetter("order_id", "capture", "user_id", "payment_method")
# Of a hold: its user and method are those of the authorization, whatever is said here.
_asked_of_hold = attrgetter("order_id", "capture")


def capture_payment(
    *, order_id: UUID, user_id: UUID, amount: Amount, payment_method: str, request_id: UUID
) -> Payment:
    """Takes an order's money, at most once per request_id and at most once per order.

    Out of what was authorized, or by a charge at once. A repeat returns the payment,
    raises the same decline, or asks the provider again. Raises CardDeclined,
    InsufficientFunds, PaymentMethodUnknown; RequestIdReused; CurrencyMismatch,
    CaptureExceedsAuthorization; OrderAlreadyPaid or PaymentPending when another request
    was first; PaymentVoided; ProviderUnavailable when the outcome is unknown.
    """
    failpoint("payment.capture.received")
    payment = Payment(
        order_id=order_id,
        user_id=user_id,
        amount_minor=amount.minor,
        currency=amount.currency,
        payment_method=payment_method,
        capture_request_id=request_id,
        capture_minor=amount.minor,
    )
    return order_slot.result(resolve(open_capture(payment)))


@transaction.atomic
def open_capture(asked: Payment) -> Payment:
    """Returns the request's payment: a new one, PENDING, an authorized one, or a repeat's."""
    order_slot.claim_order(asked.order_id)
    if payment := queries.payment_captured_by(asked.capture_request_id):
        alike = _asked_of_hold if payment.authorize_request_id else _asked
        return order_slot.match_repeat(payment, asked, alike)
    standing = queries.standing_payment_of_order(asked.order_id)
    if standing is None:
        return order_slot.insert(asked)
    if standing.state != Payment.State.AUTHORIZED:
        raise order_slot.conflict(standing)
    return _capture_of(standing, asked)


def _capture_of(hold: Payment, asked: Payment) -> Payment:
    """Returns the hold, with what is now taken of it written down."""
    if hold.capture_request_id:
        raise PaymentPending("another capture for this order has no outcome yet")
    if asked.currency != hold.currency:
        raise CurrencyMismatch(f"the hold is in {hold.currency}", currency=hold.currency)
    if asked.capture_minor > hold.amount_minor:
        raise CaptureExceedsAuthorization(f"{hold.amount} is held", authorized=hold.amount)
    hold.capture_request_id = asked.capture_request_id
    hold.capture_minor = asked.capture_minor
    with order_slot.once_a_request():
        hold.save_as_next_version("capture_request_id", "capture_minor")
    return hold
