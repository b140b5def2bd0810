"""`checkledger`: whether every payment and its ledger agree."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from payment_service.payments import queries
from payment_service.payments.models import Payment


class Command(BaseCommand):
    help = "Check that each payment's captured less refunded amount is what its ledger sums up to."

    def handle(self, *args: Any, **options: Any) -> None:
        gaps = queries.ledger_gaps()
        for gap in gaps:
            self.stdout.write(
                f"payment {gap.payment_id}: {gap.held_minor} held, {gap.ledger_minor} in the ledger"
            )
        if gaps:
            raise CommandError(f"{len(gaps)} payments disagree with their ledger")
        self.stdout.write(f"{Payment.objects.count()} payments agree with their ledger")
