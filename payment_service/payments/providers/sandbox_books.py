"""The sandbox provider's books: what it did under each key, and what it refuses to do."""

from zlib import crc32

from django.db import transaction
from django.db.models import Sum

from payment_service.payments.models import SandboxEntry

TIMEOUT, FLAKY, REFUND_REFUSED = "pm_timeout", "pm_flaky", "pm_refund_refused"
LOST_ANSWERS = 2
MOST_FAILURES = 4
_KIND = SandboxEntry.Kind


def unanswered(method: str, key: str) -> int:
    """How many asks under a key get no answer before one does."""
    if method == TIMEOUT:
        return LOST_ANSWERS
    if method == FLAKY:
        return 1 + crc32(key.encode()) % MOST_FAILURES
    return 0


@transaction.atomic(durable=True)  # refuses to run inside a caller's transaction
def enter(entry: SandboxEntry) -> SandboxEntry:
    """Remember one more ask under the entry's key, and do or refuse what it asks, once."""
    SandboxEntry.objects.bulk_create([entry], ignore_conflicts=True)
    remembered = SandboxEntry.objects.select_for_update(no_key=True).get(key=entry.key)
    remembered.asks += 1
    fails = remembered.method == FLAKY and remembered.asks <= unanswered(FLAKY, remembered.key)
    if not (fails or remembered.done or remembered.refused):
        remembered.refused = _refuses(remembered)
        remembered.done = not remembered.refused
    remembered.save(update_fields=["asks", "done", "refused"])
    return remembered


def charge_of(hold_reference: str) -> SandboxEntry:
    """What was taken of a hold. Raises SandboxEntry.DoesNotExist."""
    return SandboxEntry.objects.get(of__reference=hold_reference, kind=_KIND.CHARGE, done=True)


def _refuses(entry: SandboxEntry) -> bool:
    """Whether a hold has ended, or a charge has too little left to be paid back."""
    if entry.of_id is None:
        return False
    # No key lock: inserting an entry already holds one on what it is of.
    of = SandboxEntry.objects.select_for_update(no_key=True).get(key=entry.of_id)
    done = SandboxEntry.objects.filter(of=of, done=True)
    if of.kind == _KIND.HOLD:
        return done.exists() or entry.amount_minor > of.amount_minor
    paid_back = done.aggregate(minor=Sum("amount_minor", default=0))["minor"]
    return of.method == REFUND_REFUSED or paid_back + entry.amount_minor > of.amount_minor
