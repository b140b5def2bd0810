"""`seed`: the staff account of a development mesh."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from user_service.accounts import actions, passwords, queries
from user_service.accounts.authority import all_scopes

USERNAME = "staff"
EMAIL = "staff@marketmesh.example"
# Known to everybody, and so refused outside development.
PASSWORD = "staff password for development"  # noqa: S105


class Command(BaseCommand):
    requires_system_checks = []  # it is run at every start, and they load the pages for staff
    help = "Open the staff account of a development mesh, unless it is there."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.MARKET_ENV != "development":
            raise CommandError("seed is for development: MARKET_ENV says otherwise")
        if queries.user_by_login(username=USERNAME):
            return
        actions.open_staff_account(
            username=USERNAME,
            email=EMAIL,
            password_hash=passwords.hashed(PASSWORD, username=USERNAME, email=EMAIL),
            scopes=all_scopes(),
        )
        self.stdout.write(f"staff account {USERNAME!r} opened")
