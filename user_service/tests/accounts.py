"""Accounts and calls that tests have in common."""

from collections.abc import Callable

from mesh.outgoing import Metadata
from user_service.accounts import actions, passwords
from user_service.accounts.models import User
from user_service.accounts.scopes import all_scopes

# Makes the metadata of a call by this user.
Sign = Callable[[User], Metadata]

PASSWORD = "correct horse battery staple"


def an_account(name: str = "ada") -> User:
    """A registered account; its password is PASSWORD."""
    profile = {
        "username": name,
        "email": f"{name}@people.example",
        "full_name": f"{name.title()} Lovelace",
    }
    return actions.register_user(password_hash=passwords.hashed(PASSWORD, **profile), **profile)


def a_staff_account() -> User:
    username, email = "boss", "boss@market.example"
    return actions.open_staff_account(
        username=username,
        email=email,
        password_hash=passwords.hashed(PASSWORD, username=username, email=email),
        scopes=all_scopes(),
    )
