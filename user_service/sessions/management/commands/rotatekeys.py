"""`rotatekeys`: the next signing key becomes the current one; no token is cut short."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from user_service.sessions.errors import RotatedTooSoon
from user_service.sessions.keys import rotate_keys


class Command(BaseCommand):
    help = "Sign access tokens under the next key. Running servers take it up by themselves."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            key = rotate_keys()
        except RotatedTooSoon as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"signing under {key.kid}")
