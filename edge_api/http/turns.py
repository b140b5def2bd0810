"""How many requests one service is asked at a time, and which of the others wait.

A worker has so many under way for a service at most. The next ones wait in one queue in which
nothing was spent on them yet: begun all at once, each step of each would wait for a step of
all others, and everybody's answer would be late. A service that hangs holds up nobody else's
queue. Sources: "Fail at Scale" (ACM Queue 13:8, 2015); RFC 8289 (CoDel), which tells a burst
from a standing queue; "Handling Overload" in Site Reliability Engineering.
"""

import asyncio
import time
from collections import deque
from typing import NamedTuple

from mesh.core.shedding import BURST_SHARE, STANDING_SHARE, Overloaded, Shedder

# More than a service has threads, so that it never waits for us; of calls that travel together
# two batches, so that one is filled while the other is under way.
MOST_UNDER_WAY = 32
MOST_COALESCED = 128
# A standing queue is full when its first one waited for so much of its time: who comes last will
# be served in time then.
FULL_SHARE = STANDING_SHARE / 2
# Nor does it grow longer than this: to refuse one that waited costs more than to refuse one
# that comes.
MOST_WAITING = 256
LOOKED_AT_EVERY_S = 0.05


class Waiting(NamedTuple):
    turn: asyncio.Future[None]
    received: float
    allowed_s: float


class Turns:
    """For one event loop, service and way to call it. Times are those of `time.monotonic()`."""

    def __init__(self, most: int = MOST_UNDER_WAY) -> None:
        self._most = most
        self.shedder = Shedder()
        self.under_way = 0
        self._waiting: deque[Waiting] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def turn(self, received: float, allowed_s: float) -> "_Turn":
        """Returns what goes around the work for a request that came then and may take so long.

        Raises Overloaded as `check` does; to enter the context raises it when the request waited
        too long for its turn.
        """
        self.check(received, allowed_s)
        return _Turn(self, received, allowed_s)

    def queues(self) -> bool:
        return bool(self._waiting)

    def check(self, received: float, allowed_s: float) -> None:
        """Raises Overloaded where the queue is full, or a request comes too late to be served."""
        now = time.monotonic()
        if self._waiting:
            _, first, may_take_s = self._waiting[0]
            self.shedder.observe(now - first, now)
            old = now - first > may_take_s * FULL_SHARE and self.shedder.stands(now)
            if old or len(self._waiting) >= MOST_WAITING:
                raise Overloaded(now - first)
        else:
            self.shedder.observe(now - received, now)
        if now - received > allowed_s * BURST_SHARE:
            raise Overloaded(now - received)

    async def take(self, received: float, allowed_s: float) -> None:
        """Waits for a turn, which is to be given back. Raises Overloaded."""
        if self.under_way < self._most:
            self.under_way += 1
        else:
            await self._given(Waiting(asyncio.Future(), received, allowed_s))

    def give_back(self) -> None:
        self.under_way -= 1
        if self._waiting:
            self._give()

    async def _given(self, waiting: Waiting) -> None:
        self._waiting.append(waiting)
        self._look_later()
        try:
            await waiting.turn
        except asyncio.CancelledError:
            if not waiting.turn.cancelled() and waiting.turn.exception() is None:
                self.give_back()  # it was given at that very moment
            raise

    def _give(self) -> None:
        """Gives the free turns to those who came first, unless they waited too long."""
        now = time.monotonic()
        while self._waiting and self.under_way < self._most:
            self.shedder.observe(now - self._waiting[0].received, now)
            first = self._waiting.popleft()
            if not self._refused(first, now):
                first.turn.set_result(None)
                self.under_way += 1

    def _look(self) -> None:
        """Refuses who waited too long, however few turns become free."""
        self._timer = None
        if self._waiting:
            now = time.monotonic()
            self.shedder.observe(now - self._waiting[0].received, now)
            self._waiting = deque(each for each in self._waiting if not self._refused(each, now))
            self._look_later()

    def _look_later(self) -> None:
        if self._timer is None and self._waiting:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(LOOKED_AT_EVERY_S, self._look)

    def _refused(self, each: Waiting, now: float) -> bool:
        """Refuses one that waited too long; returns whether it waits no more."""
        if each.turn.done():
            return True  # it was cancelled
        waited_s = now - each.received
        if self.shedder.too_long(waited_s, each.allowed_s, now):
            each.turn.set_exception(Overloaded(waited_s))
            return True
        return False


class _Turn:
    """A turn, taken and given back by `async with`."""

    __slots__ = ("_allowed_s", "_received", "_turns")

    def __init__(self, turns: Turns, received: float, allowed_s: float) -> None:
        self._turns, self._received, self._allowed_s = turns, received, allowed_s

    async def __aenter__(self) -> None:
        await self._turns.take(self._received, self._allowed_s)

    async def __aexit__(self, *_: object) -> None:
        self._turns.give_back()


class AllTurns(dict[tuple[str, bool], Turns]):
    """Those of one event loop: by service, and whether the contract says `coalesced`."""

    def __missing__(self, key: tuple[str, bool]) -> Turns:
        _, coalesced = key
        made = self[key] = Turns(MOST_COALESCED if coalesced else MOST_UNDER_WAY)
        return made
