from collections.abc import Sequence
from uuid import UUID

from mesh.contract.pagination import page
from mesh.db.sql import rows
from mesh.mail.recipients import Recipient
from user_service.accounts.errors import AccountLocked, UserNotFound
from user_service.accounts.models import Profile, User

# One array whatever its length, so that the statement stays the same and prepared; selected,
# so that a plan for any array is kept: else the statement is planned every time. Columns by
# name, so that it still works when a migration adds one.
_BY_ID = """
    SELECT id, username, email, email_verified, pending_email, full_name, locale, password_hash,
        staff_scopes, token_version, version, create_time, update_time, lock_time, erased_time
    FROM accounts_user WHERE id = ANY((SELECT %s::uuid[])::uuid[]) AND erased_time IS NULL
"""

_PROFILES = """
    SELECT id, username, email, full_name, staff_scopes <> '{}', create_time, update_time,
        version::text, email_verified, lock_time, pending_email, locale
    FROM accounts_user WHERE id = ANY((SELECT %s::uuid[])::uuid[]) AND erased_time IS NULL
"""


def profiles(ids: Sequence[UUID]) -> dict[UUID, Profile]:
    """Returns the accounts among these ids by id."""
    found = map(Profile._make, rows(_PROFILES, [list(ids)], binary=True))
    return {profile.id: profile for profile in found}


def users_by_id(ids: Sequence[UUID]) -> list[User]:
    """Returns the accounts among these ids, in the ids' order."""
    found = {user.id: user for user in User.objects.raw(_BY_ID, [list(ids)])}
    return [found[user_id] for user_id in ids if user_id in found]


def user(user_id: UUID) -> User:
    """Raises UserNotFound, for an erased account too."""
    found = users_by_id([user_id])
    if not found:
        raise UserNotFound("there is no such user")
    return found[0]


def unlocked_user(user_id: UUID) -> User:
    """Returns the account, for what a lock forbids at once. Raises UserNotFound, AccountLocked."""
    found = user(user_id)
    if found.lock_time is not None:
        raise AccountLocked("this account is locked")
    return found


def user_for_update(user_id: UUID) -> User:
    """Locks the account until the transaction ends. Raises UserNotFound."""
    found = User.objects.select_for_update().filter(id=user_id, erased_time=None).first()
    if found is None:
        raise UserNotFound("there is no such user")
    return found


def current_scopes(user_id: str) -> set[str]:
    """Returns what the account may do as staff now; nothing while it is locked."""
    found = User.objects.filter(id=user_id, lock_time=None).values_list("staff_scopes", flat=True)
    return set(found.first() or ())


def is_address_of_another(address: str, user_id: UUID) -> bool:
    return User.objects.filter(email__lower=address.lower()).exclude(id=user_id).exists()


def user_by_login(*, username: str = "", email: str = "") -> User | None:
    """Returns the account of this username or, without one, address; case does not matter."""
    if username:
        return User.objects.filter(username__lower=username.lower()).first()
    return User.objects.filter(email__lower=email.lower()).first()


def users_page(*, size: int, token: str, username: str, email: str) -> tuple[list[User], str]:
    """Returns a page of accounts, newest first, and the token of the next page.

    An empty filter lets all pass. Raises PageTokenInvalid.
    """
    users = User.objects.filter(erased_time=None)
    if username:
        users = users.filter(username__lower=username.lower())
    if email:
        users = users.filter(email__lower=email.lower())
    return page(users, "users", username.lower(), email.lower(), size=size, token=token)


def recipient(user_id: UUID) -> Recipient | None:
    """Returns where the account's mail goes; None once it is erased."""
    found = users_by_id([user_id])
    if not found:
        return None
    return Recipient(
        address=found[0].email or "",
        full_name=found[0].full_name or found[0].username or "",
        verified=found[0].email_verified,
        locale=found[0].locale,
    )
