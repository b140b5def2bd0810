"""`replay`: parked steps are tried again, once their cause is mended."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mesh.outbox.actions import replay


class Command(BaseCommand):
    help = "Run parked steps again: those with the given ids, of one kind, or all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ids", nargs="*", type=UUID, metavar="ID")
        parser.add_argument("--kind", help="every parked step of this kind")
        parser.add_argument("--all", action="store_true", help="every parked step")

    def handle(self, *args: Any, **options: Any) -> None:
        ids, kind, everything = options["ids"], options["kind"], options["all"]
        if sum(map(bool, (ids, kind, everything))) != 1:
            raise CommandError("give ids, or --kind KIND, or --all")
        count = replay(ids=ids or None, kind=kind)
        self.stdout.write(f"{count} replayed")
