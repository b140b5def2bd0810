"""A provider without a network, whose payment methods each behave in one way for ever.

`pm_ok` works · `pm_declined`, `pm_insufficient_funds` are declined · `pm_timeout` moves
the money at the first ask, but the answers to the first two are lost · `pm_flaky` fails
one to four times, as the key has it, before it works. A refund behaves as its charge did.
"""

from zlib import crc32

from django.db import transaction

from mesh.money import Amount
from payment_service.payments.errors import ProviderUnavailable
from payment_service.payments.models import DeclineReason, SandboxCharge
from payment_service.payments.providers.base import Captured, Declined, Refunded

OK, TIMEOUT, FLAKY = "pm_ok", "pm_timeout", "pm_flaky"
DECLINES = {
    "pm_declined": DeclineReason.CARD_DECLINED,
    "pm_insufficient_funds": DeclineReason.INSUFFICIENT_FUNDS,
}
LOST_ANSWERS = 2
MOST_FAILURES = 4


class Sandbox:
    """Keeps its memory in the database, as a provider's outlives the death of its callers."""

    def capture(self, *, idempotency_key: str, amount: Amount, method: str) -> Captured | Declined:
        if method in DECLINES:
            return Declined(DECLINES[method])
        if method not in (OK, TIMEOUT, FLAKY):
            return Declined(DeclineReason.PAYMENT_METHOD_UNKNOWN)
        charge = SandboxCharge(
            key=idempotency_key, method=method, reference=f"ch_{idempotency_key}"
        )
        return Captured(_moved(charge, amount))

    def refund(self, *, idempotency_key: str, charge: str, amount: Amount) -> Refunded:
        paid = SandboxCharge.objects.get(reference=charge)
        refund = SandboxCharge(
            key=idempotency_key,
            method=paid.method,
            refund_of=paid,
            reference=f"re_{idempotency_key}",
        )
        return Refunded(_moved(refund, amount))


def unanswered(method: str, key: str) -> int:
    """How many asks under a key get no answer before one does."""
    if method == TIMEOUT:
        return LOST_ANSWERS
    if method == FLAKY:
        return 1 + crc32(key.encode()) % MOST_FAILURES
    return 0


def _moved(movement: SandboxCharge, amount: Amount) -> str:
    """Move the money unless it has moved; its reference. Raises ProviderUnavailable."""
    movement.amount_minor, movement.currency = amount.minor, amount.currency
    remembered = _asked_for(movement)
    if remembered.asks <= unanswered(remembered.method, remembered.key):
        raise ProviderUnavailable("the payment provider did not answer")
    return remembered.reference


@transaction.atomic(durable=True)  # refuses to run inside a caller's transaction
def _asked_for(movement: SandboxCharge) -> SandboxCharge:
    """Remember one more ask for this movement, and whether the money has moved by now."""
    SandboxCharge.objects.bulk_create([movement], ignore_conflicts=True)
    remembered = SandboxCharge.objects.select_for_update().get(key=movement.key)
    remembered.asks += 1
    fails = remembered.method == FLAKY and remembered.asks <= unanswered(FLAKY, remembered.key)
    remembered.moved = remembered.moved or not fails
    remembered.save(update_fields=["asks", "moved"])
    return remembered
