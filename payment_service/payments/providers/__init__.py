"""The border to the payment provider, and the provider that the settings choose."""

from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from payment_service.payments.providers.base import Captured, Declined, Provider, Refunded

__all__ = ["Captured", "Declined", "Provider", "Refunded", "provider"]


def provider() -> Provider:
    """The one that the setting PAYMENT_PROVIDER names by its class's dotted path."""
    return cast("Provider", import_string(settings.PAYMENT_PROVIDER)())
