"""`checkledger`: whether payments, their ledger and the provider's books agree."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from payment_service.payments import queries
from payment_service.payments.models import Payment
from payment_service.payments.providers import Movement, OpenBooks, provider


class Command(BaseCommand):
    help = (
        "Check that each payment's captured less refunded amount is what its ledger sums up to,"
        " that its refunds are those amounts,"
        " and that the ledger is what the provider moved, where its books are open."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            # One moment for all that is compared, while payments go on being made.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            gaps = [*_gaps_in_ledger(), *_gaps_in_refunds(), *_gaps_to_provider()]
            payments = Payment.objects.count()
        for violation in gaps:
            self.stdout.write(violation)
        if gaps:
            raise CommandError(f"{len(gaps)} gaps in the ledger")
        self.stdout.write(f"{payments} payments agree with their ledger")


def _gaps_in_ledger() -> Iterator[str]:
    for violation in queries.ledger_violations():
        held, booked = violation.held_minor, violation.ledger_minor
        yield f"payment {violation.payment_id}: {held} held, {booked} in the ledger"


def _gaps_in_refunds() -> Iterator[str]:
    for violation in queries.refund_gaps():
        refunded, held = violation.said_minor
        done, under_way = violation.refunds_minor
        yield (
            f"payment {violation.payment_id}: {refunded} refunded and {held} held,"
            f" {done} and {under_way} by its refunds"
        )


def _gaps_to_provider() -> Iterator[str]:
    chosen = provider()
    if isinstance(chosen, OpenBooks):
        yield from _unmatched(chosen.movements())


def _unmatched(movements: Iterable[Movement]) -> Iterator[str]:
    """What only one side knows, or knows otherwise; what has no outcome yet is let be."""
    booked, under_way = queries.booked_movements(), queries.under_way()
    for movement in movements:
        ours = booked.pop(movement.reference, None)
        if ours != movement.amount and movement.about not in under_way:
            yield f"{movement.reference}: {movement.amount} moved, {ours or 'none'} in the ledger"
    for reference, amount in booked.items():
        yield f"{reference}: none moved, {amount} in the ledger"
