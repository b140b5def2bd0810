"""Requests to the provider: their key, subject and deadline."""

import time

from mesh import context
from mesh.core.errors import DeadlineExceeded
from payment_service.payments.models import Payment, Refund
from payment_service.payments.providers import ProviderRequest

MOST_S = 10.0
# Kept back from the call's budget, to write the outcome down.
SETTLE_S = 0.2
LEAST_S = 0.05


def provider_request(key: str, about: Payment | Refund) -> ProviderRequest:
    """Raises DeadlineExceeded when the call being served has no time left for an answer."""
    return ProviderRequest(key, about=about.id, since=about.create_time, deadline=_deadline())


def _deadline() -> float:
    call = context.current()
    left_s = call.budget_s() - SETTLE_S if call else MOST_S
    if left_s < LEAST_S:
        raise DeadlineExceeded("no time is left to ask the payment provider")
    return time.monotonic() + min(left_s, MOST_S)
