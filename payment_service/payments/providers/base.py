"""The border to the payment provider: what it does for us, and the outcomes it can answer with."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias, cast, runtime_checkable
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from mesh import context
from mesh.contract.money import Amount
from mesh.core.errors import DeadlineExceeded
from payment_service.payments.errors import EventSignatureInvalid
from payment_service.payments.models import DeclineReason, Payment, Refund

MOST_S = 10.0
# Kept back from the call's budget, to write the outcome down.
SETTLE_S = 0.2
LEAST_S = 0.05


@dataclass(frozen=True, slots=True)
class ProviderRequest:
    """Under which key a provider is asked, about which payment or refund of ours.

    An answer that is not there at `deadline`, in `time.monotonic()`, is not waited for: the
    outcome is unknown. `since` is when the key may have been used first.
    """

    idempotency_key: str
    about: UUID
    since: datetime
    deadline: float

    def remaining_s(self) -> float:
        return self.deadline - time.monotonic()


def provider_request(key: str, about: Payment | Refund) -> ProviderRequest:
    """Raises DeadlineExceeded when the call being served has no time left for an answer."""
    call = context.current()
    left_s = min(call.budget_s() - SETTLE_S, MOST_S) if call else MOST_S
    if left_s < LEAST_S:
        raise DeadlineExceeded("no time is left to ask the payment provider")
    return ProviderRequest(key, about.id, about.create_time, time.monotonic() + left_s)


@dataclass(frozen=True, slots=True)
class Authorized:
    """The money is held for us; `reference` is what the provider calls the hold."""

    reference: str


@dataclass(frozen=True, slots=True)
class Captured:
    """So much money was taken; `reference` is what the provider calls the charge."""

    reference: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Voided:
    """A hold has ended, and nothing can be taken of it any more."""


@dataclass(frozen=True, slots=True)
class Declined:
    """No money was taken, and none will be under this key."""

    reason: DeclineReason


@dataclass(frozen=True, slots=True)
class Refunded:
    """The money was paid back; `reference` is what the provider calls the refund."""

    reference: str


@dataclass(frozen=True, slots=True)
class Refused:
    """No money was paid back, and none will be under this key."""


Paid: TypeAlias = Authorized | Captured | Declined
PaymentOutcome: TypeAlias = Paid | Voided
RefundOutcome: TypeAlias = Refunded | Refused


class Provider(Protocol):
    """Moves money at most once per idempotency key; a repeat gets the first outcome.

    A hold ends once: of a capture and a void at the same time one comes first, and the
    other's answer says so. All raise ProviderUnavailable when no outcome is known: the
    money may have moved, and asking again under the same key tells. None is called inside
    a transaction.
    """

    def authorize(self, ask: ProviderRequest, *, amount: Amount, method: str) -> Paid: ...

    def capture(self, ask: ProviderRequest, *, amount: Amount, method: str) -> Paid:
        """Charge at once, without a hold."""

    def capture_authorization(
        self, ask: ProviderRequest, *, authorization: str, amount: Amount
    ) -> Captured | Voided:
        """Take all or part of what is held, and give up the rest."""

    def void(self, ask: ProviderRequest, *, authorization: str) -> Voided | Captured:
        """Give up a hold, unless its money was taken already."""

    def refund(self, ask: ProviderRequest, *, charge: str, amount: Amount) -> Refunded | Refused:
        """`charge` is the reference of what was captured."""


@dataclass(frozen=True, slots=True)
class Event:
    """What a provider reports: that something is new with a payment or refund of ours.

    What it is about has no id when it is not ours; `reference` is the provider's name.
    """

    id: str
    type: str
    payment_id: UUID | None = None
    refund_id: UUID | None = None
    reference: str = ""


@runtime_checkable
class Reporter(Protocol):
    """A provider that reports events."""

    def event(self, payload: bytes, signature: str) -> Event:
        """Returns what was posted, once its signature holds. Raises EventSignatureInvalid."""

    def outcome_of(
        self, ask: ProviderRequest, *, reference: str
    ) -> PaymentOutcome | RefundOutcome | None:
        """Returns what became of a payment or refund; None while that is open.

        Raises ProviderUnavailable. The key of `ask` is not used.
        """


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that a provider says it moved, above zero to us and below zero back.

    `about` is the payment or refund of ours that it was asked to move it for.
    """

    reference: str
    about: UUID
    amount: Amount


@runtime_checkable
class OpenBooks(Protocol):
    """A provider that can be asked for all that it moved."""

    def movements(self) -> Iterable[Movement]: ...


def provider() -> Provider:
    """Returns the provider that the setting PAYMENT_PROVIDER names by its class's dotted path."""
    return cast("Provider", import_string(settings.PAYMENT_PROVIDER)())


def reporter() -> Reporter:
    """Returns the provider as a source of events. Raises EventSignatureInvalid if it sends none."""
    chosen = provider()
    if not isinstance(chosen, Reporter):
        raise EventSignatureInvalid("the payment provider sends no events")
    return chosen
