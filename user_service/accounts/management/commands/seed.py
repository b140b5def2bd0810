"""`seed`: the accounts of a development mesh, one of its staff and one of a shopper."""

from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from user_service.accounts import actions, passwords, queries
from user_service.accounts.authority import all_scopes

# Known to everybody, and so refused outside development.
STAFF = ("staff", "staff@marketmesh.example", "staff password for development")
SHOPPER = ("ada", "ada@marketmesh.example", "correct horse battery staple")


class Command(BaseCommand):
    requires_system_checks = []  # it is run at every start, and they load the pages for staff
    help = "Open the accounts of a development mesh; one that is there may do what is new."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.MARKET_ENV != "development":
            raise CommandError("seed is for development: MARKET_ENV says otherwise")
        self._open(*STAFF, scopes=all_scopes())
        self._open(*SHOPPER, scopes=())

    def _open(self, username: str, email: str, password: str, *, scopes: Collection[str]) -> None:
        if user := queries.user_by_login(username=username):
            actions.grant_scopes(user_id=user.id, scopes=scopes)  # of services since then
            return
        password_hash = passwords.hashed(password, username=username, email=email)
        actions.open_staff_account(
            username=username, email=email, password_hash=password_hash, scopes=scopes
        )
        self.stdout.write(f"account {username!r} opened")
