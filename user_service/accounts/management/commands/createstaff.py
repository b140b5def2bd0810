"""`createstaff`: opens a staff account, the first one included."""

from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from market.user.v1.user_pb2 import CreateUserRequest
from mesh.contract.validation import violations
from mesh.core import config
from mesh.core.errors import DomainError
from user_service.accounts import actions, passwords
from user_service.accounts.authority import all_scopes


class Command(BaseCommand):
    help = "Open a staff account. The password is asked for, or taken from STAFF_PASSWORD."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("email")
        parser.add_argument(
            "--scope",
            action="append",
            choices=all_scopes(),
            dest="scopes",
            help="what the account may do; may be given again; default: everything",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        username, email = options["username"], options["email"]
        password = config.text("STAFF_PASSWORD", "") or getpass()
        account = CreateUserRequest(username=username, email=email, password=password)
        if found := violations(account):
            raise CommandError("; ".join(f"{v.field}: {v.description}" for v in found))
        try:
            user = actions.open_staff_account(
                username=username,
                email=email,
                password_hash=passwords.hashed(password, username=username, email=email),
                scopes=options["scopes"] or all_scopes(),
            )
        except DomainError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"{username} is staff: {user.id}")
