"""A provider without a network, whose payment methods each behave in one way for ever.

`pm_ok` works · `pm_declined`, `pm_insufficient_funds` are declined · `pm_timeout` does
what it is asked at the first ask, but the answers to the first two are lost · `pm_flaky`
fails one to four times, as the key has it, before it works · `pm_slow` takes three
seconds to answer · `pm_refund_refused` is charged and never paid back. What is done with
a hold or a charge behaves as that did.
"""

import time
from collections.abc import Iterator
from zlib import crc32

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

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

TIMEOUT, FLAKY, SLOW, REFUND_REFUSED = "pm_timeout", "pm_flaky", "pm_slow", "pm_refund_refused"
ACCEPTED = frozenset({"pm_ok", TIMEOUT, FLAKY, SLOW, REFUND_REFUSED})
DECLINES = {
    "pm_declined": DeclineReason.CARD_DECLINED,
    "pm_insufficient_funds": DeclineReason.INSUFFICIENT_FUNDS,
}
LOST_ANSWERS = 2
MOST_FAILURES = 4
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
        if not _asked(ask, release, Amount(0, "")).refused:
            return Voided()
        charges = SandboxEntry.objects.filter(kind=_KIND.CHARGE, done=True)
        return _captured(charges.get(of__reference=authorization))

    def refund(self, ask: ProviderRequest, *, charge: str, amount: Amount) -> Refunded | Refused:
        refund = _about(charge, _KIND.REFUND, f"re_{ask.idempotency_key}")
        entry = _asked(ask, refund, amount)
        return Refused() if entry.refused else Refunded(entry.reference)

    def movements(self) -> Iterator[Movement]:
        signs = {_KIND.CHARGE: 1, _KIND.REFUND: -1}
        for entry in SandboxEntry.objects.filter(done=True, kind__in=signs).iterator():
            minor = signs[_KIND(entry.kind)] * entry.amount_minor
            yield Movement(entry.reference, entry.about, Amount(minor, entry.currency))


def unanswered(method: str, key: str) -> int:
    """Returns how many asks under a key get no answer before one does."""
    if method == TIMEOUT:
        return LOST_ANSWERS
    return 1 + crc32(key.encode()) % MOST_FAILURES if method == FLAKY else 0


def _about(reference: str, kind: SandboxEntry.Kind, own_reference: str) -> SandboxEntry:
    of = SandboxEntry.objects.get(reference=reference)
    return SandboxEntry(kind=kind, of=of, method=of.method, reference=own_reference)


def _asked(ask: ProviderRequest, entry: SandboxEntry, amount: Amount) -> SandboxEntry:
    """Does the entry once, and returns it as remembered. Raises ProviderUnavailable."""
    entry.key, entry.about = ask.idempotency_key, ask.about
    entry.amount_minor, entry.currency = amount.minor, amount.currency
    remembered = _enter(entry)
    _take_time(ask, remembered.method)
    if remembered.asks <= unanswered(remembered.method, remembered.key):
        raise ProviderUnavailable("the payment provider did not answer")
    return remembered


@transaction.atomic(durable=True)  # refuses to run inside a caller's transaction
def _enter(entry: SandboxEntry) -> SandboxEntry:
    """Counts one more ask under the entry's key, and does or refuses what it asks, once."""
    SandboxEntry.objects.bulk_create([entry], ignore_conflicts=True)
    remembered = SandboxEntry.objects.select_for_update(no_key=True).get(key=entry.key)
    remembered.asks += 1
    fails = remembered.method == FLAKY and remembered.asks <= unanswered(FLAKY, remembered.key)
    if not (fails or remembered.done or remembered.refused):
        remembered.refused = _refuses(remembered)
        remembered.done = not remembered.refused
    remembered.save(update_fields=["asks", "done", "refused"])
    return remembered


def _refuses(entry: SandboxEntry) -> bool:
    """Returns whether a hold has ended, or a charge has too little left to be paid back."""
    if entry.of_id is None:
        return False
    # No key lock: inserting an entry already holds one on what it is of.
    of = SandboxEntry.objects.select_for_update(no_key=True).get(key=entry.of_id)
    done = SandboxEntry.objects.filter(of=of, done=True)
    if of.kind == _KIND.HOLD:
        return done.exists() or entry.amount_minor > of.amount_minor
    paid_back = done.aggregate(minor=Sum("amount_minor", default=0))["minor"]
    return of.method == REFUND_REFUSED or paid_back + entry.amount_minor > of.amount_minor


def _captured(charge: SandboxEntry) -> Captured:
    return Captured(charge.reference, charge.amount_minor)


def _declined(ask: ProviderRequest, method: str) -> Declined:
    _take_time(ask, method)
    return Declined(DECLINES.get(method, DeclineReason.PAYMENT_METHOD_UNKNOWN))


def _take_time(ask: ProviderRequest, method: str) -> None:
    """Waits as long as an answer takes. Raises ProviderUnavailable past the ask's deadline."""
    takes_s = settings.SANDBOX_DELAY_MS / 1000 + (SLOW_S if method == SLOW else 0.0)
    waits_s = max(ask.remaining_s(), 0)
    time.sleep(min(takes_s, waits_s))
    if takes_s > waits_s:
        raise ProviderUnavailable("the payment provider did not answer in time")
