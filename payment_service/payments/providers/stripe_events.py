"""What Stripe posts to us: verified, and read for the ids of ours in it.

Source: docs.stripe.com/webhooks#verify-events.
"""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from stripe import SignatureVerificationError, WebhookSignature

from payment_service.payments.errors import EventSignatureInvalid
from payment_service.payments.providers.base import Event

PAYMENT_ID, REFUND_ID = "payment_id", "refund_id"
# How old a signature may be: an event can't be posted again by whoever overheard it.
TOLERANCE_S = 300
_ABOUT = {"payment_intent": PAYMENT_ID, "refund": REFUND_ID}


def verified_event(payload: bytes, signature: str) -> Event:
    """Raises EventSignatureInvalid."""
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


def own_id(metadata: Mapping[str, str] | None, name: str) -> UUID | None:
    """The id that we gave a payment or refund; None where somebody else made it."""
    try:
        return UUID((metadata or {}).get(name, ""))
    except ValueError:
        return None
