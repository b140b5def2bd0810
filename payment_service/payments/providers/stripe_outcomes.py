"""What Stripe's objects, amounts and refusals mean to us."""

from stripe import CardError, InvalidRequestError, PaymentIntent, Refund

from mesh.contract.money import Amount
from payment_service.payments.models import DeclineReason
from payment_service.payments.providers.base import (
    Authorized,
    Captured,
    Declined,
    PaymentOutcome,
    Refunded,
    RefundOutcome,
    Refused,
    Voided,
)

# Without decimals by ISO 4217, but with two at Stripe: docs.stripe.com/currencies#special-cases
_TWO_DECIMALS_MORE = frozenset({"ISK", "UGX"})


def stripe_minor(amount: Amount) -> int:
    return amount.minor * _factor(amount.currency)


def own_minor(minor: int, currency: str) -> int:
    return minor // _factor(currency.upper())


def _factor(currency: str) -> int:
    return 100 if currency in _TWO_DECIMALS_MORE else 1


def payment_outcome(intent: PaymentIntent) -> PaymentOutcome | None:
    """What became of a payment; None while that is open.

    Source: docs.stripe.com/payments/paymentintents/lifecycle.
    """
    match intent.status:
        case "succeeded":
            return Captured(intent.id, own_minor(intent.amount_received, intent.currency))
        case "requires_capture":
            return Authorized(intent.id)
        case "canceled":
            return Voided()
        case "requires_payment_method":
            error = intent.last_payment_error
            # Stripe leaves out what is null here.
            return Declined(decline_reason(getattr(error, "decline_code", None)))
        case _:
            return None


def refund_outcome(refund: Refund) -> RefundOutcome | None:
    """What became of a refund; None while that is open."""
    match refund.status:
        case "succeeded":
            return Refunded(refund.id)
        case "failed" | "canceled":
            return Refused()
        case _:
            return None


def card_declined(error: CardError) -> Declined:
    return Declined(decline_reason(error.error.decline_code if error.error else None))


def request_refused(error: InvalidRequestError) -> Declined:
    """A charge that Stripe did not take on: for want of the payment method, or otherwise."""
    unknown = error.http_status == 404 or error.code == "resource_missing"
    if unknown or error.param == "payment_method":
        return Declined(DeclineReason.PAYMENT_METHOD_UNKNOWN)
    return Declined(DeclineReason.CARD_DECLINED)


def decline_reason(decline_code: str | None) -> DeclineReason:
    """Source: docs.stripe.com/declines/codes."""
    if decline_code == "insufficient_funds":
        return DeclineReason.INSUFFICIENT_FUNDS
    return DeclineReason.CARD_DECLINED
