from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from mesh.idempotency.actions import forget
from mesh.mail.actions import queue_mail
from mesh.updates import check_etag
from user_service.accounts import queries
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
        _save(user, **values, **({"email_verified": False} if moved else {}))
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
        _save(user, email_verified=True)


@transaction.atomic
def set_password(*, user_id: UUID, password_hash: str) -> None:
    """Take this password from now on, and end all sessions. Raises UserNotFound."""
    user = queries.user_for_update(user_id)
    _save(user, password_hash=password_hash, token_version=user.token_version + 1)


@transaction.atomic
def lock_user(*, user_id: UUID) -> User:
    """Let nobody sign in, and end all sessions; a repeat changes nothing.

    Raises UserNotFound. Services verify access tokens without asking, so those given out
    are good until they expire, 5 minutes at most.
    """
    user = queries.user_for_update(user_id)
    if user.lock_time is None:
        _save(user, lock_time=Now(), token_version=user.token_version + 1)
    return user


@transaction.atomic
def unlock_user(*, user_id: UUID) -> User:
    """Let the account sign in again; a repeat changes nothing. Raises UserNotFound."""
    user = queries.user_for_update(user_id)
    if user.lock_time is not None:
        _save(user, lock_time=None)
    return user


@transaction.atomic
def erase_user(*, user_id: UUID, etag: str) -> None:
    """Forget the person, end its sessions, keep the id. Raises UserNotFound, EtagMismatch."""
    user = queries.user_for_update(user_id)
    check_etag(etag, user.etag)
    _save(
        user,
        username=None,
        email=None,
        email_verified=False,
        full_name="",
        password_hash="",
        staff_scopes=[],
        lock_time=None,
        token_version=user.token_version + 1,
        erased_time=Now(),
    )
    _delete_belongings(user)
    forget(mentioning=user_id)  # the answer to the registration carries the profile


def _delete_belongings(user: User) -> None:
    """Delete what other apps keep of the account: by its foreign keys, so that none is missed."""
    for relation in User._meta.related_objects:  # noqa: SLF001  # documented in spite of its name
        rows = relation.related_model._default_manager  # noqa: SLF001  # the same
        rows.filter(**{relation.field.name: user}).delete()


def _save(user: User, **values: Any) -> None:
    for name, value in values.items():
        setattr(user, name, value)
    user.version += 1
    user.update_time = Now()
    user.save(update_fields=[*values, "version", "update_time"])
    user.refresh_from_db(fields=[*values, "update_time"])
