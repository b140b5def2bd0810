from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from mesh.mail.actions import queue_mail
from mesh.updates import check_etag
from user_service.accounts import queries
from user_service.accounts.errors import OwnAccount
from user_service.accounts.models import User
from user_service.accounts.taken import refusing_taken


@transaction.atomic
def register_user(*, username: str, email: str, full_name: str, password_hash: str) -> User:
    """Open an account, and owe it its welcome mail. Raises UsernameTaken, EmailTaken."""
    with refusing_taken():
        user = User.objects.create(
            username=username, email=email, full_name=full_name, password_hash=password_hash
        )
    queue_mail("welcome", user_id=user.id, context={}, dedup_key=f"welcome:{user.id}")
    return user


def open_staff_account(
    *, username: str, email: str, password_hash: str, scopes: Collection[str]
) -> User:
    """Open an account of the market's staff. Raises UsernameTaken, EmailTaken."""
    with refusing_taken():
        return User.objects.create(
            username=username,
            email=email,
            password_hash=password_hash,
            staff_scopes=sorted(scopes),
        )


@transaction.atomic
def update_user(*, user_id: UUID, etag: str, values: dict[str, str]) -> User:
    """Change some of `username`, `email` and `full_name`; a repeat changes nothing.

    A new address is owed a mail to verify it with. Raises UserNotFound, EtagMismatch,
    UsernameTaken, EmailTaken.
    """
    user = queries.user_for_update(user_id)
    check_etag(etag, user.etag)
    if all(getattr(user, name) == value for name, value in values.items()):
        return user
    moved = values.get("email", user.email) != user.email
    with refusing_taken():
        user.save_as_next_version(**values, **({"email_verified": False} if moved else {}))
    if moved:
        key = f"verify_email:{user_id}:{user.version}"
        queue_mail("verify_email", user_id=user_id, context={}, dedup_key=key)
    return user


@transaction.atomic
def mark_email_verified(*, user_id: UUID) -> None:
    """Note that mail to the account's address arrives; a repeat changes nothing.

    Raises UserNotFound.
    """
    user = queries.user_for_update(user_id)
    if not user.email_verified:
        user.save_as_next_version(email_verified=True)


@transaction.atomic
def set_password(*, user_id: UUID, password_hash: str) -> None:
    """Take this password from now on, and end all sessions. Raises UserNotFound."""
    user = queries.user_for_update(user_id)
    user.save_as_next_version(password_hash=password_hash, token_version=user.token_version + 1)


@transaction.atomic
def lock_user(*, user_id: UUID) -> User:
    """Let nobody sign in, and end all sessions; a repeat changes nothing.

    Raises UserNotFound. Services refuse the access tokens given out within seconds.
    """
    user = queries.user_for_update(user_id)
    if user.lock_time is None:
        user.save_as_next_version(lock_time=Now(), token_version=user.token_version + 1)
    return user


@transaction.atomic
def unlock_user(*, user_id: UUID, by_user_id: str) -> User:
    """Let the account sign in again; a repeat changes nothing.

    Raises UserNotFound, OwnAccount: nobody undoes what was done to itself.
    """
    if str(user_id) == by_user_id:
        raise OwnAccount("another one of staff has to unlock this account")
    user = queries.user_for_update(user_id)
    if user.lock_time is not None:
        user.save_as_next_version(lock_time=None)
    return user
