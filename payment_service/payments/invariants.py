"""What must hold of every payment, and does not.

What single rows must look like is not here, as the database refuses anything else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import BigIntegerField, Case, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from mesh.contract.money import Amount
from mesh.db.sql import execute
from payment_service.payments.models import CAPTURED_STATES, LedgerEntry, Payment, Refund
from payment_service.payments.providers.base import OpenBooks, provider

_PROVIDER = LedgerEntry.Account.PROVIDER


class Violation(NamedTuple):
    """`of` names a payment, or a movement by the provider's reference."""

    of: str
    text: str


@contextmanager
def snapshot() -> Iterator[None]:
    """Lets all that is read in it be of one moment."""
    with transaction.atomic():
        execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def violations() -> Iterator[Violation]:
    """Compares payments, ledger, refunds and the provider's open books, in a snapshot."""
    yield from ledger_violations()
    yield from _refund_violations()
    yield from _provider_violations()


def ledger_violations() -> Iterator[Violation]:
    """Payments whose captured less refunded amount is not what their ledger sums up to."""
    payments = Payment.objects.annotate(
        held=Case(
            When(state__in=CAPTURED_STATES, then=F("capture_minor") - F("refunded_minor")),
            default=Value(0),
            output_field=BigIntegerField(),
        ),
        booked=_booked(debit_account=_PROVIDER) - _booked(credit_account=_PROVIDER),
    )
    differing = payments.exclude(held=F("booked")).order_by("id")
    for payment_id, held, booked in differing.values_list("id", "held", "booked"):
        yield Violation(f"payment {payment_id}", f"{held} held, {booked} in the ledger")


def _refund_violations() -> Iterator[Violation]:
    """Payments whose refunded or held amounts are not those of their refunds."""
    payments = Payment.objects.annotate(
        done=_of_refunds(Refund.State.DONE), pending=_of_refunds(Refund.State.PENDING)
    )
    differing = payments.exclude(refunded_minor=F("done"), refunding_minor=F("pending"))
    columns = ("id", "refunded_minor", "refunding_minor", "done", "pending")
    for payment_id, refunded, held, done, pending in differing.order_by("id").values_list(*columns):
        text = f"{refunded} refunded and {held} held, {done} and {pending} by its refunds"
        yield Violation(f"payment {payment_id}", text)


def _provider_violations() -> Iterator[Violation]:
    """Yields what only one side knows, or knows otherwise, once it has an outcome."""
    chosen = provider()
    if not isinstance(chosen, OpenBooks):
        return
    booked, under_way = _booked_movements(), _under_way()
    for movement in chosen.movements():
        ours = booked.pop(movement.reference, None)
        if ours != movement.amount and movement.about not in under_way:
            text = f"{movement.amount} moved, {ours or 'none'} in the ledger"
            yield Violation(movement.reference, text)
    for reference, amount in booked.items():
        yield Violation(reference, f"none moved, {amount} in the ledger")


def _of_refunds(state: Refund.State) -> Coalesce:
    amounts = Sum("refunds__amount_minor", filter=Q(refunds__state=state))
    return Coalesce(amounts, Value(0))


def _booked(**account: str) -> Coalesce:
    """Returns the sum of a payment's entries on one side of an account, in its currency."""
    side = Q(**{f"ledger__{name}": value for name, value in account.items()})
    own_currency = Q(ledger__currency=F("currency"))
    return Coalesce(Sum("ledger__amount_minor", filter=side & own_currency), Value(0))


def _booked_movements() -> dict[str, Amount]:
    """Returns what moved at the provider by the ledger, by the provider's references."""
    entries = LedgerEntry.objects.select_related("payment", "refund").iterator()
    return dict(
        (entry.refund.reference, Amount(-entry.amount_minor, entry.currency))
        if entry.refund
        else (entry.payment.reference, entry.amount)
        for entry in entries
    )


def _under_way() -> set[UUID]:
    """Returns the payments and refunds whose outcome the provider may know before the ledger."""
    capturing = Q(state=Payment.State.AUTHORIZED, capture_request_id__isnull=False)
    payments = Payment.objects.filter(capturing | Q(state=Payment.State.PENDING))
    refunds = Refund.objects.filter(state=Refund.State.PENDING)
    return {*payments.values_list("id", flat=True), *refunds.values_list("id", flat=True)}
