"""The border to the payment provider, and the provider that the settings choose."""

from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from payment_service.payments.errors import EventSignatureInvalid
from payment_service.payments.providers.base import (
    Authorized,
    Captured,
    Declined,
    Event,
    Movement,
    OpenBooks,
    PaymentOutcome,
    Provider,
    ProviderRequest,
    Refunded,
    RefundOutcome,
    Refused,
    Reporter,
    Voided,
)

__all__ = [
    "Authorized",
    "Captured",
    "Declined",
    "Event",
    "Movement",
    "OpenBooks",
    "PaymentOutcome",
    "Provider",
    "ProviderRequest",
    "RefundOutcome",
    "Refunded",
    "Refused",
    "Reporter",
    "Voided",
    "provider",
    "reporter",
]


def provider() -> Provider:
    """Returns the provider that the setting PAYMENT_PROVIDER names by its class's dotted path."""
    return cast("Provider", import_string(settings.PAYMENT_PROVIDER)())


def reporter() -> Reporter:
    """Returns the provider as a source of events. Raises EventSignatureInvalid if it sends none."""
    chosen = provider()
    if not isinstance(chosen, Reporter):
        raise EventSignatureInvalid("the payment provider sends no events")
    return chosen
