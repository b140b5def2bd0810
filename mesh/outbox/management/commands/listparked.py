"""`listparked`: the steps that wait for an operator, one a line."""

from typing import Any

from django.core.management.base import BaseCommand

from mesh.outbox import backlog


class Command(BaseCommand):
    help = "List parked steps: id, kind, key, attempts, request id, and the last error."

    def handle(self, *args: Any, **options: Any) -> None:
        for step in backlog.parked().iterator():
            columns = (step.id, step.kind, step.key, step.attempts, step.request_id or "-")
            self.stdout.write("\t".join(map(str, (*columns, step.last_error))))
