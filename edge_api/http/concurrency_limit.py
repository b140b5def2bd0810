"""How many requests one service is asked at a time, and which of the others wait.

A worker has so many under way for a service at most. The next ones wait in one queue in which
nothing was spent on them yet: begun all at once, each step of each would wait for a step of
all others, and everybody's answer would be late. A service that hangs holds up nobody else's
queue. Sources: "Fail at Scale" (ACM Queue 13:8, 2015); "Handling Overload" in Site Reliability
Engineering.
"""

import asyncio
import time
from collections import deque
from typing import NamedTuple

from mesh.core.shedding import Overloaded, check_wait, too_long

# More than a service has threads, so that it never waits for us; of reads that travel together
# two batches, so that one is filled while the other is under way.
MOST_UNDER_WAY = 32
MOST_TOGETHER = 128
# A queue is full when its first one waited for so much of its time: who comes last will wait about
# as long, and less than is too long.
FULL_SHARE = 0.4
# Nor does it grow longer than this: to refuse one that waited costs more than to refuse one
# that comes.
MOST_WAITING = 256
LOOKED_AT_EVERY_S = 0.05


class Waiting(NamedTuple):
    slot: asyncio.Future[None]
    received: float
    allowed_s: float


class ConcurrencyLimit:
    """Requests of one event loop to one service. Times are those of `time.monotonic()`."""

    def __init__(self, most: int = MOST_UNDER_WAY) -> None:
        self._most = most
        self.under_way = 0
        self._waiting: deque[Waiting] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def slot(self, received: float, allowed_s: float) -> "_Slot":
        """Returns what goes around the work for a request that came then and may take so long.

        Raises Overloaded as `check` does; to enter the context raises it when the request waited
        too long for its slot.
        """
        self.check(received, allowed_s)
        return _Slot(self, received, allowed_s)

    def queues(self) -> bool:
        return bool(self._waiting)

    def check(self, received: float, allowed_s: float, *, full: bool = False) -> None:
        """Raises Overloaded where the queue is full, or a request comes too late to be served."""
        now = time.monotonic()
        if full:
            raise Overloaded(now - received)
        if self._waiting:
            _, first, may_take_s = self._waiting[0]
            old = now - first > may_take_s * FULL_SHARE
            if old or len(self._waiting) >= MOST_WAITING:
                raise Overloaded(now - first)
        check_wait(now - received, allowed_s)

    async def acquire(self, received: float, allowed_s: float) -> None:
        """Waits for a slot, which is to be released. Raises Overloaded."""
        if self.under_way < self._most:
            self.under_way += 1
        else:
            await self._given(Waiting(asyncio.Future(), received, allowed_s))

    def release(self) -> None:
        self.under_way -= 1
        if self._waiting:
            self._give()

    async def _given(self, waiting: Waiting) -> None:
        self._waiting.append(waiting)
        self._look_later()
        try:
            await waiting.slot
        except asyncio.CancelledError:
            if not waiting.slot.cancelled() and waiting.slot.exception() is None:
                self.release()  # it was given at that very moment
            raise

    def _give(self) -> None:
        """Gives the free slots to those who came first, unless they waited too long."""
        now = time.monotonic()
        while self._waiting and self.under_way < self._most:
            first = self._waiting.popleft()
            if not self._refused(first, now):
                first.slot.set_result(None)
                self.under_way += 1

    def _look(self) -> None:
        """Refuses who waited too long, however few slots become free."""
        self._timer = None
        if self._waiting:
            now = time.monotonic()
            self._waiting = deque(each for each in self._waiting if not self._refused(each, now))
            self._look_later()

    def _look_later(self) -> None:
        if self._timer is None and self._waiting:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(LOOKED_AT_EVERY_S, self._look)

    def _refused(self, each: Waiting, now: float) -> bool:
        """Refuses one that waited too long; returns whether it waits no more."""
        if each.slot.done():
            return True  # it was cancelled
        waited_s = now - each.received
        if too_long(waited_s, each.allowed_s):
            each.slot.set_exception(Overloaded(waited_s))
            return True
        return False


class _Slot:
    """A slot, acquired and released by `async with`."""

    __slots__ = ("_allowed_s", "_limit", "_received")

    def __init__(self, limit: ConcurrencyLimit, received: float, allowed_s: float) -> None:
        self._limit, self._received, self._allowed_s = limit, received, allowed_s

    async def __aenter__(self) -> None:
        await self._limit.acquire(self._received, self._allowed_s)

    async def __aexit__(self, *_: object) -> None:
        self._limit.release()


class ConcurrencyLimits(dict[tuple[str, bool], ConcurrencyLimit]):
    """Those of one event loop: by service, and whether it is for reads that travel together."""

    def queue(self) -> bool:
        """Returns whether any request waits for its turn."""
        for limit in self.values():  # noqa: SIM110  # `any` over a generator takes twice as long
            if limit.queues():
                return True
        return False

    def __missing__(self, key: tuple[str, bool]) -> ConcurrencyLimit:
        _, together = key
        made = self[key] = ConcurrencyLimit(MOST_TOGETHER if together else MOST_UNDER_WAY)
        return made
