"""A provider without a network, whose payment methods each behave in one way for ever.

`pm_ok` works · `pm_declined`, `pm_insufficient_funds` are declined · `pm_timeout` does
what it is asked at the first ask, but the answers to the first two are lost · `pm_flaky`
fails one to four times, as the key has it, before it works · `pm_slow` takes three
seconds to answer · `pm_refund_refused` is charged and never paid back. What is done with
a hold or a charge behaves as that did.
"""

import time
from collections.abc import Iterator

from django.conf import settings

from mesh.contract.money import Amount
from payment_service.payments.errors import ProviderUnavailable
from payment_service.payments.models import DeclineReason, SandboxEntry
from payment_service.payments.providers.base import (
    Authorized,
    Captured,
    Declined,
    Movement,
    ProviderRequest,
    Refunded,
    Refused,
    Voided,
)
from payment_service.payments.providers.sandbox_books import charge_of, enter, unanswered

SLOW = "pm_slow"
ACCEPTED = frozenset({"pm_ok", "pm_timeout", "pm_flaky", SLOW, "pm_refund_refused"})
DECLINES = {
    "pm_declined": DeclineReason.CARD_DECLINED,
    "pm_insufficient_funds": DeclineReason.INSUFFICIENT_FUNDS,
}
SLOW_S = 3.0
_KIND = SandboxEntry.Kind


class Sandbox:
    """Keeps its memory in the database, as a provider's outlives the death of its callers."""

    def authorize(
        self, ask: ProviderRequest, *, amount: Amount, method: str
    ) -> Authorized | Declined:
        if method not in ACCEPTED:
            return _declined(ask, method)
        hold = SandboxEntry(kind=_KIND.HOLD, method=method, reference=f"au_{ask.idempotency_key}")
        return Authorized(_asked(ask, hold, amount).reference)

    def capture(self, ask: ProviderRequest, *, amount: Amount, method: str) -> Captured | Declined:
        if method not in ACCEPTED:
            return _declined(ask, method)
        charge = SandboxEntry(
            kind=_KIND.CHARGE, method=method, reference=f"ch_{ask.idempotency_key}"
        )
        return _captured(_asked(ask, charge, amount))

    def capture_authorization(
        self, ask: ProviderRequest, *, authorization: str, amount: Amount
    ) -> Captured | Voided:
        charge = _about(authorization, _KIND.CHARGE, f"ch_{ask.idempotency_key}")
        entry = _asked(ask, charge, amount)
        return Voided() if entry.refused else _captured(entry)

    def void(self, ask: ProviderRequest, *, authorization: str) -> Voided | Captured:
        release = _about(authorization, _KIND.RELEASE, f"rl_{ask.idempotency_key}")
        entry = _asked(ask, release, Amount(0, ""))
        return _captured(charge_of(authorization)) if entry.refused else Voided()

    def refund(self, ask: ProviderRequest, *, charge: str, amount: Amount) -> Refunded | Refused:
        refund = _about(charge, _KIND.REFUND, f"re_{ask.idempotency_key}")
        entry = _asked(ask, refund, amount)
        return Refused() if entry.refused else Refunded(entry.reference)

    def movements(self) -> Iterator[Movement]:
        signs = {_KIND.CHARGE: 1, _KIND.REFUND: -1}
        for entry in SandboxEntry.objects.filter(done=True, kind__in=signs).iterator():
            minor = signs[_KIND(entry.kind)] * entry.amount_minor
            yield Movement(entry.reference, entry.about, Amount(minor, entry.currency))


def _about(reference: str, kind: SandboxEntry.Kind, own_reference: str) -> SandboxEntry:
    of = SandboxEntry.objects.get(reference=reference)
    return SandboxEntry(kind=kind, of=of, method=of.method, reference=own_reference)


def _asked(ask: ProviderRequest, entry: SandboxEntry, amount: Amount) -> SandboxEntry:
    """Does the entry once, and returns it as remembered. Raises ProviderUnavailable."""
    entry.key, entry.about = ask.idempotency_key, ask.about
    entry.amount_minor, entry.currency = amount.minor, amount.currency
    remembered = enter(entry)
    _take_time(ask, remembered.method)
    if remembered.asks <= unanswered(remembered.method, remembered.key):
        raise ProviderUnavailable("the payment provider did not answer")
    return remembered


def _captured(charge: SandboxEntry) -> Captured:
    return Captured(charge.reference, charge.amount_minor)


def _declined(ask: ProviderRequest, method: str) -> Declined:
    _take_time(ask, method)
    return Declined(DECLINES.get(method, DeclineReason.PAYMENT_METHOD_UNKNOWN))


def _take_time(ask: ProviderRequest, method: str) -> None:
    """As long as an answer takes. Raises ProviderUnavailable when nobody waits that long."""
    takes_s = settings.SANDBOX_DELAY_MS / 1000 + (SLOW_S if method == SLOW else 0.0)
    waits_s = max(ask.remaining_s(), 0)
    time.sleep(min(takes_s, waits_s))
    if takes_s > waits_s:
        raise ProviderUnavailable("the payment provider did not answer in time")
