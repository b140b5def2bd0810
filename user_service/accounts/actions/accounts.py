from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from mesh.auth.access import Caller
from mesh.contract.updates import check_etag
from mesh.mail.actions import queue_mail
from user_service.accounts import passwords, queries
from user_service.accounts.actions.addresses import ask_for_address
from user_service.accounts.authority import require_authority
from user_service.accounts.errors import OwnAccount
from user_service.accounts.models import User
from user_service.accounts.names import refuse_reserved, refusing_taken
from user_service.accounts.notices import Notice, tell_owner


@transaction.atomic
def register_user(
    *, username: str, email: str, full_name: str, password_hash: str, locale: str
) -> User:
    """Opens an account, and queues its welcome mail. Raises UsernameTaken, EmailTaken."""
    refuse_reserved(username)
    with refusing_taken():
        user = User.objects.create(
            username=username,
            email=email,
            full_name=full_name,
            locale=locale,
            password_hash=password_hash,
        )
    queue_mail("welcome", user_id=user.id, context={}, dedup_key=f"welcome:{user.id}")
    return user


def open_staff_account(
    *,
    username: str,
    email: str,
    password_hash: str,
    scopes: Collection[str],
) -> User:
    """Opens an account at an address that the operator vouches for: of staff, by its scopes.

    Raises UsernameTaken, EmailTaken.
    """
    with refusing_taken():
        return User.objects.create(
            username=username,
            email=email,
            email_verified=True,
            password_hash=password_hash,
            staff_scopes=sorted(scopes),
        )


@transaction.atomic
def grant_scopes(*, user_id: UUID, scopes: Collection[str]) -> None:
    """Lets an account do this too; a repeat changes nothing. Raises UserNotFound."""
    user = queries.user_for_update(user_id)
    if not set(scopes) <= set(user.staff_scopes):
        user.save_as_next_version(staff_scopes=sorted({*user.staff_scopes, *scopes}))


@transaction.atomic
def update_user(
    *,
    user_id: UUID,
    etag: str,
    values: Mapping[str, str],
    by: Caller,
    reauthentication_token: str = "",
) -> User:
    """Changes some of `username`, `email`, `full_name`, `locale`; a repeat changes nothing.

    A new address waits until it is verified; the present one given again ends that. Raises
    UserNotFound, StaffScopesInsufficient, EtagMismatch, UsernameTaken, EmailTaken, and what
    `ask_for_address` raises.
    """
    user = queries.user_for_update(user_id)
    require_authority(by, user)
    check_etag(etag, user.etag)
    changed = _changed(user, values)
    if not changed:
        return user
    if "username" in changed:
        refuse_reserved(changed["username"])
    with refusing_taken():
        user.save_as_next_version(**changed)
    if address := changed.get("pending_email"):
        ask_for_address(
            user=user, address=address, by=by, reauthentication_token=reauthentication_token
        )
    return user


def _changed(user: User, values: Mapping[str, str]) -> dict[str, Any]:
    """Returns the columns that get another value."""
    columns: dict[str, Any] = dict(values)
    if "email" in columns:
        address = columns.pop("email")
        columns["pending_email"] = None if address == user.email else address
    return {name: value for name, value in columns.items() if getattr(user, name) != value}


@transaction.atomic
def set_password(*, user_id: UUID, password_hash: str) -> None:
    """Sets the password, ends all sessions, and notifies the owner.

    An address that waits was named by who knew the old password, and waits no more. Raises
    UserNotFound.
    """
    user = queries.user_for_update(user_id)
    user.save_as_next_version(
        password_hash=password_hash, pending_email=None, token_version=user.token_version + 1
    )
    tell_owner(user, Notice.PASSWORD_CHANGED)


def rehash_password(*, user: User, password: str) -> None:
    """Stores the hash of the account's right password anew if its parameters are outdated.

    A password that was set in the meantime stays; the account's version does not change.
    """
    new = passwords.rehashed(password, user.password_hash)
    if new != user.password_hash:
        User.objects.filter(id=user.id, password_hash=user.password_hash).update(password_hash=new)


@transaction.atomic
def lock_user(*, user_id: UUID, by: Caller) -> User:
    """Locks the account and ends all its sessions; a repeat changes nothing.

    Raises UserNotFound, StaffScopesInsufficient. Services refuse the access tokens given out
    within seconds.
    """
    user = queries.user_for_update(user_id)
    require_authority(by, user)
    if user.lock_time is None:
        user.save_as_next_version(lock_time=Now(), token_version=user.token_version + 1)
    return user


@transaction.atomic
def unlock_user(*, user_id: UUID, by: Caller) -> User:
    """Unlocks the account; a repeat changes nothing.

    Raises UserNotFound, StaffScopesInsufficient; OwnAccount, as nobody undoes what was done
    to itself.
    """
    if str(user_id) == by.user_id:
        raise OwnAccount("another one of staff has to unlock this account")
    user = queries.user_for_update(user_id)
    require_authority(by, user)
    if user.lock_time is not None:
        user.save_as_next_version(lock_time=None)
    return user
