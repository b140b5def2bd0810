"""`reportrefunds`: tell orders again what was paid back for them."""

from typing import Any

from django.core.management.base import BaseCommand

from payment_service.payments.actions import report_refunds_again


class Command(BaseCommand):
    help = "Tell the order service of every refund again; what it knows changes nothing there."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{report_refunds_again()} reports are due")
