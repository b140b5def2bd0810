"""`checkorders`: whether orders, their history, their mails and the stock agree."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from order_service.orders.invariants import gaps
from order_service.orders.models import Order


class Command(BaseCommand):
    help = "Check every order against its history, its mails and the stock."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--at-rest", action="store_true", help="also fail on orders and mails under way"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        for gap in gaps(at_rest=options["at_rest"]):
            self.stdout.write(f"{gap.of} {gap.text}")
            count += 1
        if count:
            raise CommandError(f"{count} gaps")
        self.stdout.write(f"{Order.objects.count()} orders hold")
