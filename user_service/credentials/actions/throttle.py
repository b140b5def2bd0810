"""Slows down who guesses, and locks nobody out for good.

A few failures at a key are free; from then on each shuts the key, twice as long as the one
before up to a limit, and one try at a time gets through. An hour without a failure, and
all is forgotten. A login that no account has is counted the same. The rows are bounded
by what it costs to make one, the hashing of a password.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from mesh.auth.encryption import keyed_digest
from mesh.core.errors import DomainError
from mesh.core.network import client_network
from mesh.db.pruning import delete_batches
from user_service.credentials.errors import LoginThrottled, WrongSecret
from user_service.credentials.models import Throttle

FORGET_AFTER = timedelta(hours=1)
FREE_AT_LOGIN = 5
MOST_AT_LOGIN_S = 300
MOST_AT_ADDRESS_S = 30  # many people may share one
_DOUBLINGS = 16  # more than any limit leaves room for


@dataclass(frozen=True)
class ThrottleKey:
    """`free` failures cost nothing; the others shut it for `most_s` at most."""

    key: bytes
    free: int = FREE_AT_LOGIN
    most_s: int = MOST_AT_LOGIN_S
    cleared_by_success: bool = True

    def shut_s(self, failures: int) -> int:
        """Returns how long so many failures shut it, in seconds; 0 while they are free."""
        more = min(failures - self.free, _DOUBLINGS)
        return min(2**more, self.most_s) if more >= 0 else 0


def login_key(*, username: str = "", email: str = "") -> ThrottleKey:
    """Returns the key of a login as it was given.

    Not of its account: then two logins that shut together would be seen to be one's.
    """
    name = f"username {username.lower()}" if username else f"email {email.lower()}"
    return ThrottleKey(_key(name))


def password_key(user_id: UUID) -> ThrottleKey:
    """Returns the key of the password which a signed-in user has to give again."""
    return ThrottleKey(_key(f"account {user_id}"))


def second_factor_key(user_id: UUID) -> ThrottleKey:
    """Returns the key of an account's codes, at sign-in and after: apart from the password's.

    With one count for both, who knows the password could clear it and guess codes at leisure.
    """
    return ThrottleKey(_key(f"second factor {user_id}"))


def address_keys(address: str) -> list[ThrottleKey]:
    """Returns the key of a client's address, if that is known; an IPv6 /64 is one client.

    Success does not clear it, as somebody who guesses may have an account.
    """
    if not address:
        return []
    throttle_key = ThrottleKey(
        _key(f"address {client_network(address)}"),
        free=settings.LOGIN_FREE_PER_ADDRESS,
        most_s=MOST_AT_ADDRESS_S,
        cleared_by_success=False,
    )
    return [throttle_key]


def _key(name: str) -> bytes:
    return keyed_digest(name, "keys of sign-in")


@contextmanager
def throttled(*keys: ThrottleKey) -> Iterator[None]:
    """Guards a try of a secret inside, outside a transaction; WrongSecret is counted at each key.

    Raises LoginThrottled, without a try, while a key is shut.
    """
    held = _pass(keys)
    try:
        yield
    except DomainError as error:
        if isinstance(error, WrongSecret):
            count_failure(keys)
        else:
            _reopen(held)
        raise
    reset([key for key in keys if key.cleared_by_success])
    _reopen(held)


def count_try(keys: Collection[ThrottleKey]) -> None:
    """Counts what is no failure, but as unwelcome in numbers. Raises LoginThrottled."""
    _pass(keys)
    count_failure(keys)


@transaction.atomic
def _pass(keys: Collection[ThrottleKey]) -> list[ThrottleKey]:
    """Checks all keys, or raises; shuts and returns those that let one try at a time."""
    held = []
    for key, row in _locked(keys):
        if row.wait > timedelta(0):
            raise LoginThrottled(
                "too many tries were wrong: wait before the next",
                retry_after_s=row.wait.total_seconds(),
            )
        if row.age < FORGET_AFTER and key.shut_s(row.failures):
            _shut(key, row)
            held.append(key)
    return held


@transaction.atomic
def count_failure(keys: Collection[ThrottleKey]) -> None:
    """Counts a failure at each key, and shuts those that had more than are free."""
    rows = [Throttle(door=key.key) for key in keys]
    Throttle.objects.bulk_create(rows, ignore_conflicts=True)
    for key, row in _locked(keys):
        row.failures = row.failures + 1 if row.age < FORGET_AFTER else 1
        row.last_failure_time = Now()
        row.save(update_fields=["failures", "last_failure_time"])
        _shut(key, row)


def _locked(keys: Collection[ThrottleKey]) -> Iterator[tuple[ThrottleKey, Any]]:
    """Yields the keys with their rows, locked in one order, so that no two callers deadlock."""
    by_key = {key.key: key for key in keys}
    rows = Throttle.objects.select_for_update().filter(door__in=by_key).order_by("door")
    now = Now()
    for row in rows.annotate(wait=F("shut_until") - now, age=now - F("last_failure_time")):
        yield by_key[bytes(row.door)], row


def _shut(key: ThrottleKey, row: Throttle) -> None:
    row.shut_until = Now() + timedelta(seconds=key.shut_s(row.failures))
    row.save(update_fields=["shut_until"])


def _reopen(held: Collection[ThrottleKey]) -> None:
    for key in held:
        Throttle.objects.filter(door=key.key).update(shut_until=Now())


def reset(keys: Collection[ThrottleKey]) -> None:
    """Forgets the failures at these keys."""
    for key in keys:
        Throttle.objects.filter(door=key.key).delete()


def prune() -> int:
    """Deletes a batch of the keys whose failures are forgotten; returns how many."""
    old = Throttle.objects.filter(last_failure_time__lt=Now() - FORGET_AFTER)
    return delete_batches(old.order_by("last_failure_time"), batch=10_000)
