"""The order of work on the event loop: what was begun goes on before more is begun.

A loop takes whatever is ready in turn. Requests go round it several times (the rate limit's
answer, the service's, the client's socket), so if all that came were begun at once, each step
of each would wait for a step of all others, and under load everybody's answer would be late.
Begun a few each time round, those that were begun are soon done, and it is the others that
wait: in one queue, where they can be refused before anything was spent on them. It is served
as "Fail at Scale" (ACM Queue 13:8, 2015) has it, adaptive LIFO with controlled delay.
"""

import asyncio
import time
from collections import deque

from mesh.core.shedding import Overloaded, Shedder

# How many are begun, and how many refused, each time round. Refusing all at one time would
# hold up those that were begun.
MOST, REFUSED_MOST = 16, 32

Waiting = tuple[asyncio.Future[None], float]


class Turns:
    """For one event loop. A request may take `allowed_s`, as far as is known when it comes."""

    def __init__(self, allowed_s: float) -> None:
        self._allowed_s = allowed_s
        self._shedder = Shedder()
        self._left = MOST
        self._idle = True
        self._waiting: deque[Waiting] = deque()

    async def take(self, received: float) -> None:
        """Returns when it is the turn of what came at that time, in `time.monotonic()`.

        At once, unless many came at the same time. Raises Overloaded when it waited too long,
        which takes nobody's turn.
        """
        now = time.monotonic()
        if self._idle:
            self._idle = False
            asyncio.get_running_loop().call_soon(self._next_round)
        if self._left:
            self._shedder.check(now - received, self._allowed_s, now)
            self._left -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((turn, received))
        await turn

    def _next_round(self) -> None:
        self._left = MOST
        if self._waiting:
            self._refuse_late()
            self._begin_some()
        self._idle = self._left == MOST and not self._waiting
        if not self._idle:
            asyncio.get_running_loop().call_soon(self._next_round)

    def _refuse_late(self) -> None:
        now = time.monotonic()
        self._shedder.observe(now - self._waiting[0][1], now)
        for _ in range(min(REFUSED_MOST, len(self._waiting))):
            turn, received = self._waiting[0]
            if not self._shedder.too_long(now - received, self._allowed_s, now):
                return
            self._waiting.popleft()
            if not turn.done():  # else its task was cancelled
                turn.set_exception(Overloaded(now - received))

    def _begin_some(self) -> None:
        """First come, first served; in a standing queue the last, who has most time left.

        Otherwise all of them would be served just before, or just after, it is too late.
        """
        now = time.monotonic()
        last_first = self._shedder.stands(now) or self._first_is_late(now)
        while self._waiting and self._left:
            turn, _ = self._waiting.pop() if last_first else self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                self._left -= 1

    def _first_is_late(self, now: float) -> bool:
        """Returns whether more are too late than were refused this time round."""
        if not self._waiting:
            return False
        return self._shedder.too_long(now - self._waiting[0][1], self._allowed_s, now)
