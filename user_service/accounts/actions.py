from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, cast
from uuid import UUID

import psycopg
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from mesh.idempotency.actions import forget
from mesh.mail.actions import queue_mail
from mesh.updates import check_etag
from user_service.accounts import queries
from user_service.accounts.errors import EmailTaken, UsernameTaken
from user_service.accounts.models import User

_TAKEN = {
    "accounts_user_username_once": (UsernameTaken, "username"),
    "accounts_user_email_once": (EmailTaken, "address"),
}


@transaction.atomic
def register_user(*, username: str, email: str, full_name: str, password_hash: str) -> User:
    """Open an account, and owe it its welcome mail. Raises UsernameTaken, EmailTaken."""
    with _refusing_taken():
        user = User.objects.create(
            username=username, email=email, full_name=full_name, password_hash=password_hash
        )
    queue_mail("welcome", user_id=user.id, context={}, dedup_key=f"welcome:{user.id}")
    return user


def open_staff_account(
    *, username: str, email: str, password_hash: str, scopes: Collection[str]
) -> User:
    """Open an account of the market's staff. Raises UsernameTaken, EmailTaken."""
    with _refusing_taken():
        return User.objects.create(
            username=username,
            email=email,
            password_hash=password_hash,
            staff_scopes=sorted(scopes),
        )


@transaction.atomic
def update_user(*, user_id: UUID, etag: str, values: dict[str, str]) -> User:
    """Change some of `username`, `email` and `full_name`; a repeat changes nothing.

    Raises UserNotFound, EtagMismatch, UsernameTaken, EmailTaken.
    """
    user = queries.user_for_update(user_id)
    check_etag(etag, user.etag)
    if all(getattr(user, name) == value for name, value in values.items()):
        return user
    with _refusing_taken():
        _save(user, **values)
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
        full_name="",
        password_hash="",
        staff_scopes=[],
        token_version=user.token_version + 1,
        erased_time=Now(),
    )
    forget(mentioning=user_id)  # the answer to the registration carries the profile


def _save(user: User, **values: Any) -> None:
    for name, value in values.items():
        setattr(user, name, value)
    user.version += 1
    user.update_time = Now()
    user.save(update_fields=[*values, "version", "update_time"])
    user.refresh_from_db(fields=["update_time"])


@contextmanager
def _refusing_taken() -> Iterator[None]:
    """A savepoint in which a value that another account has raises the field's own error.

    The database decides, so that of two who want one name at once exactly one gets it.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        constraint = cast(psycopg.Error, error.__cause__).diag.constraint_name
        if constraint not in _TAKEN:
            raise
        taken, what = _TAKEN[constraint]
        raise taken(f"another account has this {what}") from error
