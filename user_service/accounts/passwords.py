"""Passwords: which are good enough, and how they are hashed (Argon2id, RFC 9106).

Hashing takes tens of milliseconds on purpose: it belongs before a transaction, never in
one.
"""

from typing import Any, cast

from argon2 import Parameters
from django.conf import settings
from django.contrib.auth.hashers import (
    Argon2PasswordHasher,
    check_password,
    identify_hasher,
    make_password,
)
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from mesh.core.errors import FieldViolation
from user_service.accounts.errors import PasswordTooWeak
from user_service.accounts.models import User


class Argon2id(Argon2PasswordHasher):
    """Django's hasher under the settings' parameters, in one lane."""

    parallelism = 1

    def params(self) -> Parameters:
        self.time_cost, self.memory_cost = settings.ARGON2_TIME_COST, settings.ARGON2_MEMORY_KIB
        return cast(Parameters, super().params())


def hashed(
    password: str, *, username: str, email: str, full_name: str = "", field: str = "password"
) -> str:
    """Returns the hash to keep of the password of the account so described.

    Raises PasswordTooWeak for one that is common, all digits, or like the account's data;
    the error blames the request's `field`.
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
    return make_password(password)


def hashed_for(user: User, password: str, *, field: str = "password") -> str:
    """Returns the hash to keep of an account's new password. Raises PasswordTooWeak."""
    return hashed(
        password,
        username=user.username or "",
        email=user.email or "",
        full_name=user.full_name,
        field=field,
    )


def matches(password: str, password_hash: str) -> bool:
    """Returns whether the hash is the password's.

    Takes as long without a hash, so that the time does not reveal which accounts exist.
    """
    return check_password(password, _prefixed(password_hash))


def rehashed(password: str, password_hash: str) -> str:
    """Returns the right password's hash under today's parameters; the same hash if it is."""
    kept = _prefixed(password_hash)
    return make_password(password) if identify_hasher(kept).must_update(kept) else password_hash


def _prefixed(password_hash: str) -> str:
    """Returns the hash in Django's form, which older rows lack the name of the hasher for."""
    return f"argon2{password_hash}" if password_hash.startswith("$argon2id$") else password_hash
