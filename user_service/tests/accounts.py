"""Accounts and calls that tests have in common."""

from django.db import transaction

from user_service.accounts import actions, passwords
from user_service.accounts.models import User
from user_service.accounts.scopes import SCOPES

PASSWORD = "correct horse battery staple"


def an_account(name: str = "ada") -> User:
    """A registered account; its password is PASSWORD."""
    profile = {
        "username": name,
        "email": f"{name}@people.example",
        "full_name": f"{name.title()} Lovelace",
    }
    with transaction.atomic():
        return actions.register_user(password_hash=passwords.hashed(PASSWORD, **profile), **profile)


def a_staff_account() -> User:
    username, email = "boss", "boss@market.example"
    return actions.open_staff_account(
        username=username,
        email=email,
        password_hash=passwords.hashed(PASSWORD, username=username, email=email),
        scopes=SCOPES,
    )
