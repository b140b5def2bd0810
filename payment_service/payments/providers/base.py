"""What a payment provider does for us, and the outcomes it can answer with."""

from dataclasses import dataclass
from typing import Protocol

from mesh.money import Amount
from payment_service.payments.models import DeclineReason


@dataclass(frozen=True, slots=True)
class Captured:
    """The money was taken; `reference` is what the provider calls the charge."""

    reference: str


@dataclass(frozen=True, slots=True)
class Declined:
    """No money was taken, and none will be under this key."""

    reason: DeclineReason


@dataclass(frozen=True, slots=True)
class Refunded:
    """The money was paid back; `reference` is what the provider calls the refund."""

    reference: str


class Provider(Protocol):
    """Moves money at most once per idempotency key; a repeat gets the first outcome.

    Both raise ProviderUnavailable when no outcome is known: the money may have moved, and
    asking again under the same key tells. Neither is called inside a transaction.
    """

    def capture(
        self, *, idempotency_key: str, amount: Amount, method: str
    ) -> Captured | Declined: ...

    def refund(self, *, idempotency_key: str, charge: str, amount: Amount) -> Refunded:
        """`charge` is the reference of what was captured."""
