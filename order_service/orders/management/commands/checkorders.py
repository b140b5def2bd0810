"""`checkorders`: whether orders, their history, their mails and the stock agree."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from order_service.orders.invariants import violations
from order_service.orders.models import Order


class Command(BaseCommand):
    help = "Check every order against its history, its mails and the stock."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--at-rest", action="store_true", help="also fail on orders and mails under way"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        for violation in violations(at_rest=options["at_rest"]):
            self.stdout.write(f"{violation.of} {violation.text}")
            count += 1
        if count:
            raise CommandError(f"{count} violations")
        self.stdout.write(f"{Order.objects.count()} orders hold")
