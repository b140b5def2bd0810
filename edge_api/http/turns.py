"""How many requests one service is asked at a time, and which of the others go next.

A worker has so many under way for a service at most. All others wait in one queue in which
nothing was spent on them yet: begun all at once, each step of each would wait for a step of
all others, and everybody's answer would be late. A service that hangs holds up nobody else's
queue. Sources: "Fail at Scale" (ACM Queue 13:8, 2015), adaptive LIFO with controlled delay;
"Handling Overload" in Site Reliability Engineering.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from mesh.core.shedding import BURST_SHARE, Overloaded, Shedder

# More than a service has threads, so that it never waits for us.
MOST_UNDER_WAY = 32
LOOKED_AT_EVERY_S = 0.05


class Waiting(NamedTuple):
    turn: asyncio.Future[None]
    received: float
    allowed_s: float


class Turns:
    """For one event loop and service. Times are those of `time.monotonic()`."""

    def __init__(self) -> None:
        self.shedder = Shedder()
        self.under_way = 0
        self._waiting: deque[Waiting] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def turn(self, received: float, allowed_s: float) -> AsyncIterator[None]:
        """Around what is done for a request that came then and may take so long.

        Raises Overloaded when it waited too long, before its turn came.
        """
        await self._begun(received, allowed_s)
        try:
            yield
        finally:
            self.under_way -= 1
            self._begin_some()

    async def _begun(self, received: float, allowed_s: float) -> None:
        if self.under_way < MOST_UNDER_WAY:
            now = time.monotonic()
            self.shedder.observe(now - received, now)
            if _too_late(now - received, allowed_s):
                raise Overloaded(now - received)
            self.under_way += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(Waiting(turn, received, allowed_s))
        self._look_later()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled() and turn.exception() is None:  # begun at that very moment
                self.under_way -= 1
                self._begin_some()
            raise

    def _begin_some(self) -> None:
        """First come, first served; in a standing queue the last, who has most time left.

        Otherwise all of them would be served just before, or just after, it is too late.
        """
        if not self._waiting:
            return
        now = self._observed()
        last_first = self.shedder.stands(now)
        while self._waiting and self.under_way < MOST_UNDER_WAY:
            each = self._waiting.pop() if last_first else self._waiting.popleft()
            if each.turn.done():
                continue  # it was cancelled
            if _too_late(now - each.received, each.allowed_s):
                each.turn.set_exception(Overloaded(now - each.received))
                continue
            each.turn.set_result(None)
            self.under_way += 1

    def _look(self) -> None:
        """Refuse who waited too long, however few turns become free."""
        self._timer = None
        if self._waiting:
            now = self._observed()
            self._waiting = deque(each for each in self._waiting if not self._refused(each, now))
            self._look_later()

    def _look_later(self) -> None:
        if self._timer is None and self._waiting:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(LOOKED_AT_EVERY_S, self._look)

    def _observed(self) -> float:
        now = time.monotonic()
        self.shedder.observe(now - self._waiting[0].received, now)
        return now

    def _refused(self, each: Waiting, now: float) -> bool:
        waited_s = now - each.received
        if not self.shedder.too_long(waited_s, each.allowed_s, now):
            return False
        if not each.turn.done():
            each.turn.set_exception(Overloaded(waited_s))
        return True


def _too_late(waited_s: float, allowed_s: float) -> bool:
    """Whether it is refused though it could begin: a free turn is not wasted for less."""
    return waited_s > allowed_s * BURST_SHARE
