"""Slows down who guesses, and locks nobody out for good.

A few failures at a door are free; from then on each shuts it, twice as long as the one
before up to a limit, and one try at a time gets through. An hour without a failure, and
all is forgotten. A login that no account has is counted the same. The rows are bounded
by what it costs to make one, the hashing of a password.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from mesh.core.errors import DomainError
from user_service.credentials.errors import LoginThrottled, WrongSecret
from user_service.credentials.models import Throttle
from user_service.credentials.throttle_keys import ThrottleKey

FORGET_AFTER = timedelta(hours=1)
PRUNE_BATCH = 10_000


@contextmanager
def throttled(*keys: ThrottleKey) -> Iterator[None]:
    """Try a secret inside, outside a transaction; WrongSecret is counted at each door.

    Raises LoginThrottled, without a try, while one of them is shut.
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
    reset([door for door in keys if door.cleared_by_success])
    _reopen(held)


def count_try(keys: Collection[ThrottleKey]) -> None:
    """Count what is no failure, but as unwelcome in numbers. Raises LoginThrottled."""
    _pass(keys)
    count_failure(keys)


@transaction.atomic
def _pass(keys: Collection[ThrottleKey]) -> list[ThrottleKey]:
    """Go through all keys, or raise; shuts those that let one at a time, and answers them."""
    held = []
    for door, row in _locked(keys):
        if row.wait > timedelta(0):
            raise LoginThrottled(
                "too many tries were wrong: wait before the next",
                retry_after_s=row.wait.total_seconds(),
            )
        if row.age < FORGET_AFTER and door.shut_s(row.failures):
            _shut(door, row)
            held.append(door)
    return held


@transaction.atomic
def count_failure(keys: Collection[ThrottleKey]) -> None:
    """Note a failure at each door, and shut those that had more than are free."""
    rows = [Throttle(door=door.key) for door in keys]
    Throttle.objects.bulk_create(rows, ignore_conflicts=True)
    for door, row in _locked(keys):
        row.failures = row.failures + 1 if row.age < FORGET_AFTER else 1
        row.last_failure_time = Now()
        row.save(update_fields=["failures", "last_failure_time"])
        _shut(door, row)


def _locked(keys: Collection[ThrottleKey]) -> Iterator[tuple[ThrottleKey, Any]]:
    """The keys with their rows, locked in one order, so that no two callers deadlock."""
    by_key = {door.key: door for door in keys}
    rows = Throttle.objects.select_for_update().filter(door__in=by_key).order_by("door")
    now = Now()
    for row in rows.annotate(wait=F("shut_until") - now, age=now - F("last_failure_time")):
        yield by_key[bytes(row.door)], row


def _shut(door: ThrottleKey, row: Throttle) -> None:
    row.shut_until = Now() + timedelta(seconds=door.shut_s(row.failures))
    row.save(update_fields=["shut_until"])


def _reopen(held: Collection[ThrottleKey]) -> None:
    for door in held:
        Throttle.objects.filter(door=door.key).update(shut_until=Now())


def reset(keys: Collection[ThrottleKey]) -> None:
    """Forget the failures at these keys."""
    for door in keys:
        Throttle.objects.filter(door=door.key).delete()


def prune() -> int:
    """Delete a batch of the keys whose failures are forgotten; answers how many."""
    old = Throttle.objects.filter(last_failure_time__lt=Now() - FORGET_AFTER)
    keys = list(old.order_by("last_failure_time").values_list("door", flat=True)[:PRUNE_BATCH])
    return old.filter(door__in=keys).delete()[0]
