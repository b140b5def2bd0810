"""Checks that this machine's clock agrees with the clocks of the engines.

Leases and due times are the database's; tokens are dated by their issuer and verified with
30 s of leeway.
"""

import time
from collections.abc import Callable, Iterator

from django.db import DatabaseError
from redis.exceptions import RedisError

from mesh.auth.tokens import LEEWAY_S
from mesh.checks.findings import Finding, failed, ok, warning
from mesh.checks.redis import connected
from mesh.db.sql import row

AGREES_S = 2.0
SET_IT = "have both set by NTP"


def clocks(
    *others: tuple[str, Callable[[], float]], now: Callable[[], float] = time.time
) -> Iterator[Finding]:
    """Compares with each named clock; skips one that is away, which another check reports."""
    for name, ask in others:
        before = now()
        try:
            theirs = ask()
        except (DatabaseError, RedisError, OSError):
            continue
        yield _difference(name, theirs - (before + now()) / 2)


def _difference(name: str, ahead_s: float) -> Finding:
    differ = f"{name}'s clock is {abs(ahead_s):.1f} s {'ahead' if ahead_s > 0 else 'behind'}"
    if abs(ahead_s) >= LEEWAY_S:
        return failed(f"{differ}: tokens are refused", SET_IT)
    if abs(ahead_s) >= AGREES_S:
        return warning(differ, SET_IT)
    return ok(f"{name}'s clock agrees")


def of_database() -> float:
    return float(row("SELECT extract(epoch FROM clock_timestamp())")[0])


def of_redis(url: str) -> Callable[[], float]:
    def ask() -> float:
        with connected(url) as client:
            seconds, microseconds = client.time()
        return float(seconds) + float(microseconds) / 1e6

    return ask
