"""Requests that are counted in Redis ahead of time, for callers that make many.

Each process then asks Redis once for several requests of a caller. What it holds was counted
before it is used, so a caller is never granted more than the quota, but may use what a process
held a while later: LEASED_S, or the quota's window, at most. And it may be refused too early, by
what other processes hold and do not use: LEASED_SHARE of the quota and MOST_LEASED requests at
most in each process. A quota below 40 requests is counted exactly.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from edge_api.ratelimit.counters import Counters
from edge_api.ratelimit.quota import Decision, Quota

LEASED_SHARE = 0.05
MOST_LEASED = 32
FIRST_LEASED = 4  # who makes one request makes a few more, as a page does
LEASED_S = 10.0
MOST_LEASES = 10_000


@dataclass(slots=True)
class _Lease:
    """`left` of the `size` requests are neither used nor given back."""

    decision: Decision
    size: int
    left: int
    since: float

    def take(self, now: float) -> Decision:
        self.left -= 1
        quota, remaining, reset_s, wait_s = self.decision
        return Decision(
            quota, remaining + self.left, max(0.0, reset_s - (now - self.since)), wait_s
        )

    def next_size(self) -> int:
        """Returns twice as many when all were used, else as many as were."""
        return self.size * 2 if not self.left else self.size - self.left


class Leases:
    """The leases of one process, for one event loop."""

    def __init__(self, counters: Counters, clock: Callable[[], float] = time.monotonic) -> None:
        self._counters = counters
        self._clock = clock
        self._leases: dict[str, _Lease] = {}
        self._asking: set[str] = set()

    async def acquire(self, key: str, quota: Quota, *, exactly: bool = False) -> Decision:
        """Counts one request. Raises RedisError, OSError."""
        if exactly or key in self._asking:  # one asks for more, the others for themselves
            return (await self._counters.acquire(key, quota)).decision
        now = self._clock()
        lease = self._leases.get(key)
        if lease is None:
            return await self._renewed(key, quota, min(FIRST_LEASED, most_leased(quota)))
        if lease.left and now - lease.since < min(LEASED_S, quota.window_s):
            return lease.take(now)
        return await self._renewed(key, quota, min(lease.next_size(), most_leased(quota)))

    async def _renewed(self, key: str, quota: Quota, wanted: int) -> Decision:
        self._asking.add(key)
        try:
            decision, granted = await self._counters.acquire(key, quota, wanted)
        finally:
            self._asking.discard(key)
        if not granted:
            self._leases.pop(key, None)
            return decision
        now = self._clock()
        if len(self._leases) >= MOST_LEASES:
            self._forget_old(now)
        lease = self._leases[key] = _Lease(decision, granted, granted, now)
        return lease.take(now)

    def _forget_old(self, now: float) -> None:
        kept = {key: one for key, one in self._leases.items() if now - one.since < LEASED_S}
        self._leases = kept if len(kept) < MOST_LEASES else {}

    async def close(self) -> None:
        await self._counters.close()


def most_leased(quota: Quota) -> int:
    return max(1, min(MOST_LEASED, int(quota.requests * LEASED_SHARE)))
