"""Time-ordered ids."""

import secrets
import threading
import time
from datetime import datetime
from uuid import UUID

_TAIL_BITS = 74
_VERSION_7 = 0x7 << 76
_VARIANT_RFC = 0b10 << 62


class _Source:
    """Returns pairs of milliseconds and a 74-bit tail, each greater than the one before."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ms = self._tail = 0

    def next(self) -> tuple[int, int]:
        with self._lock:
            self._tail += 1 + secrets.randbits(32)
            now_ms = time.time_ns() // 1_000_000
            if now_ms > self._ms or self._tail >> _TAIL_BITS:
                self._ms = max(now_ms, self._ms + 1)
                # The top bit stays clear: room for the counter to advance.
                self._tail = secrets.randbits(_TAIL_BITS - 1)
            return self._ms, self._tail


_source = _Source()


def first_uuid7_of(moment: datetime) -> UUID:
    """Returns the least UUIDv7 of this millisecond: rows since then have no lesser id."""
    return UUID(int=int(moment.timestamp() * 1000) << 80 | _VERSION_7 | _VARIANT_RFC)


def uuid7() -> UUID:
    """Returns a UUIDv7 greater than all that this process made before, whatever its clock does.

    Source: RFC 9562, 5.7 and 6.2 (method 2: within a millisecond, or when the clock steps
    back, the 74 random bits are a counter that advances by a random amount).
    """
    unix_ms, tail = _source.next()
    rand_a, rand_b = tail >> 62, tail & ((1 << 62) - 1)
    return UUID(int=unix_ms << 80 | _VERSION_7 | rand_a << 64 | _VARIANT_RFC | rand_b)
