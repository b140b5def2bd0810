"""Accounts and calls that tests have in common."""

from collections.abc import Callable

from mesh.auth.access import Caller
from mesh.rpc.metadata import Metadata
from user_service.accounts import actions, passwords
from user_service.accounts.actions.step_up import new_reauthentication
from user_service.accounts.authority import all_scopes
from user_service.accounts.models import User

# Makes the metadata of a call by this user.
Sign = Callable[[User], Metadata]

PASSWORD = "correct horse battery staple"


def an_account(name: str = "ada", *, verified: bool = False, locale: str = "en") -> User:
    """A registered account; its password is PASSWORD."""
    profile = {
        "username": name,
        "email": f"{name}@people.example",
        "full_name": f"{name.title()} Lovelace",
    }
    password_hash = passwords.hashed(PASSWORD, **profile)
    user = actions.register_user(password_hash=password_hash, locale=locale, **profile)
    if verified:
        actions.mark_email_verified(user_id=user.id, address=profile["email"])
        user.refresh_from_db()
    return user


def a_staff_account(*scopes: str, name: str = "boss") -> User:
    """With these scopes, or with all."""
    username, email = name, f"{name}@market.example"
    return actions.open_staff_account(
        username=username,
        email=email,
        password_hash=passwords.hashed(PASSWORD, username=username, email=email),
        scopes=scopes or all_scopes(),
    )


def itself(user: User) -> Caller:
    return Caller(user_id=str(user.id), scopes=frozenset(user.staff_scopes))


def proof(user: User) -> str:
    """What Reauthenticate answers its owner."""
    return new_reauthentication(user=user)


def lock(user: User) -> None:
    actions.lock_user(user_id=user.id, by=itself(a_staff_account(name=f"staff-{user.username}")))


def unlock(user: User) -> User:
    """Undo `lock`."""
    staff = User.objects.get(username=f"staff-{user.username}")
    return actions.unlock_user(user_id=user.id, by=itself(staff))


def erase(user: User) -> None:
    actions.erase_user(
        user_id=user.id, etag="", by=itself(user), reauthentication_token=proof(user)
    )
