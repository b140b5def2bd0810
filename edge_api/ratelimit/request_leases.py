"""Requests that are counted in Redis ahead of time, for callers that make many.

Each process then asks Redis once for several requests of a caller. What it holds was counted
before it is used, so a caller is never granted more than the quota, but may use what a process
held a while later: LEASED_S, or the quota's window, at most. And it may be refused too early, by
what other processes hold and do not use: LEASED_SHARE of the quota and MOST_LEASED requests at
most in each process. A quota below 40 requests is counted exactly.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from edge_api.ratelimit.counters import Counters
from edge_api.ratelimit.quota import Decision, Quota

LEASED_SHARE = 0.05
MOST_LEASED = 128
FIRST_LEASED = 4  # who makes one request makes a few more, as a page does
LEASED_S = 30.0  # what is not used by then is lost to the caller
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
        self._renewing: dict[str, asyncio.Future[Decision | None]] = {}

    async def acquire(self, key: str, quota: Quota, *, exactly: bool = False) -> Decision:
        """Counts one request. Raises RedisError, OSError.

        One request asks Redis for more; what comes meanwhile takes of that or is refused with it.
        """
        if not exactly and (taken := self._take(key, quota)):
            return taken
        most = most_leased(quota)
        if exactly or most == 1:
            return await self._one(key, quota)
        renewing = self._renewing.get(key)
        if renewing is None:
            lease = self._leases.get(key)
            wanted = lease.next_size() if lease else FIRST_LEASED
            return await self._renewed(key, quota, min(wanted, most))
        refused = await asyncio.shield(renewing)
        return refused or self._take(key, quota) or await self._one(key, quota)

    async def _one(self, key: str, quota: Quota) -> Decision:
        return (await self._counters.acquire(key, quota)).decision

    def _take(self, key: str, quota: Quota) -> Decision | None:
        """Returns None where nothing is held that may be used now."""
        now, lease = self._clock(), self._leases.get(key)
        if lease and lease.left and now - lease.since < min(LEASED_S, quota.window_s):
            return lease.take(now)
        return None

    async def _renewed(self, key: str, quota: Quota, wanted: int) -> Decision:
        renewing = self._renewing[key] = asyncio.get_running_loop().create_future()
        refused = None
        try:
            decision, granted = await self._counters.acquire(key, quota, wanted)
            refused = None if granted else decision
        finally:
            del self._renewing[key]
            renewing.set_result(refused)
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
