"""Stripe's objects, amounts, refusals and events, in our terms."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from stripe import (
    CardError,
    InvalidRequestError,
    PaymentIntent,
    Refund,
    SignatureVerificationError,
    WebhookSignature,
)

from mesh.contract.money import Amount
from payment_service.payments.errors import EventSignatureInvalid
from payment_service.payments.models import DeclineReason
from payment_service.payments.providers.base import (
    Authorized,
    Captured,
    Declined,
    Event,
    PaymentOutcome,
    Refunded,
    RefundOutcome,
    Refused,
    Voided,
)

PAYMENT_ID, REFUND_ID = "payment_id", "refund_id"
_ABOUT = {"payment_intent": PAYMENT_ID, "refund": REFUND_ID}
# How old a signature may be: an event can't be posted again by whoever overheard it.
TOLERANCE_S = 300
# Without decimals by ISO 4217, but with two at Stripe: docs.stripe.com/currencies#special-cases
_FACTOR = {"ISK": 100, "UGX": 100}


def stripe_minor(amount: Amount) -> int:
    return amount.minor * _FACTOR.get(amount.currency, 1)


def own_minor(minor: int, currency: str) -> int:
    return minor // _FACTOR.get(currency.upper(), 1)


def payment_outcome(intent: PaymentIntent) -> PaymentOutcome | None:
    """Returns what became of a payment; None while that is open.

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
    """Returns what became of a refund; None while that is open."""
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
    """Returns why Stripe did not take a charge on: no such payment method, or otherwise."""
    unknown = error.http_status == 404 or error.code == "resource_missing"
    if unknown or error.param == "payment_method":
        return Declined(DeclineReason.PAYMENT_METHOD_UNKNOWN)
    return Declined(DeclineReason.CARD_DECLINED)


def decline_reason(decline_code: str | None) -> DeclineReason:
    """Source: docs.stripe.com/declines/codes."""
    if decline_code == "insufficient_funds":
        return DeclineReason.INSUFFICIENT_FUNDS
    return DeclineReason.CARD_DECLINED


def own_id(metadata: Mapping[str, str] | None, name: str) -> UUID | None:
    """Returns the id that we gave a payment or refund; None where somebody else made it."""
    try:
        return UUID((metadata or {}).get(name, ""))
    except ValueError:
        return None


def verified_event(payload: bytes, signature: str) -> Event:
    """Reads what Stripe posted. Raises EventSignatureInvalid.

    Source: docs.stripe.com/webhooks#verify-events.
    """
    try:
        WebhookSignature.verify_header(
            payload, signature, settings.STRIPE_WEBHOOK_SECRET, TOLERANCE_S
        )
        return _event(json.loads(payload))
    except (SignatureVerificationError, ValueError, TypeError) as error:
        # The last two: a body that is no text or no JSON, a header that is not ASCII.
        raise EventSignatureInvalid("this is no event signed by the provider") from error


def _event(posted: Mapping[str, Any]) -> Event:
    about = posted.get("data", {}).get("object", {})
    name = _ABOUT.get(about.get("object", ""))
    if name is None:
        return Event(id=posted["id"], type=posted["type"])
    ids = {name: own_id(about.get("metadata"), name)}
    return Event(id=posted["id"], type=posted["type"], reference=about["id"], **ids)
