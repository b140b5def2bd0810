"""Passwords: which are good enough, and how they are kept (Argon2id, RFC 9106).

Hashing takes tens of milliseconds on purpose: it belongs before a transaction, never in
one.
"""

import secrets
from functools import cache
from typing import Any, cast

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from mesh.core.errors import FieldViolation
from user_service.accounts.errors import PasswordTooWeak
from user_service.accounts.models import User


def _hasher() -> PasswordHasher:
    return PasswordHasher(
        time_cost=settings.ARGON2_TIME_COST,
        memory_cost=settings.ARGON2_MEMORY_KIB,
        parallelism=1,
    )


@cache
def _nobodys_hash(time_cost: int, memory_kib: int) -> str:
    """A hash of no known password; the arguments say under which parameters."""
    return _hasher().hash(secrets.token_urlsafe())


def hashed(
    password: str, *, username: str, email: str, full_name: str = "", field: str = "password"
) -> str:
    """The hash to keep of the password of the account so described.

    Raises PasswordTooWeak for one that is common, all digits, or like the account's data;
    it blames the request's `field`.
    """
    try:
        validate_password(
            password,
            # Not a user of Django's own, but it has the attributes that settings name.
            cast(Any, User(username=username, email=email, full_name=full_name)),
        )
    except ValidationError as error:
        raise PasswordTooWeak(
            "this password is too easy to guess",
            violations=[
                FieldViolation(field, weakness.messages[0], weakness.code or "")
                for weakness in error.error_list
            ],
        ) from error
    return _hasher().hash(password)


def hashed_for(user: User, password: str, *, field: str = "password") -> str:
    """The hash to keep of an account's new password. Raises PasswordTooWeak."""
    return hashed(
        password,
        username=user.username or "",
        email=user.email or "",
        full_name=user.full_name,
        field=field,
    )


def matches(password: str, password_hash: str) -> bool:
    """Whether the hash is the password's.

    Takes as long without a hash, so that the time does not tell which accounts exist.
    """
    kept = password_hash or _nobodys_hash(settings.ARGON2_TIME_COST, settings.ARGON2_MEMORY_KIB)
    try:
        return _hasher().verify(kept, password)
    except VerifyMismatchError:
        return False
