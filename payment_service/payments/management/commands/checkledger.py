"""`checkledger`: whether payments, their ledger and the provider's books agree."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from payment_service.payments.invariants import snapshot, violations
from payment_service.payments.models import Payment


class Command(BaseCommand):
    help = (
        "Check that each payment's captured less refunded amount is what its ledger sums up to,"
        " that its refunds are those amounts,"
        " and that the ledger is what the provider moved, where its books are open."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        violated = 0
        with snapshot():
            for violation in violations():
                self.stdout.write(f"{violation.of}: {violation.text}")
                violated += 1
            payments = Payment.objects.count()
        if violated:
            raise CommandError(f"{violated} violations")
        self.stdout.write(f"{payments} payments agree with their ledger")
