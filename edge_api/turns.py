"""The order of work on the event loop: what was begun goes on before more is begun.

A loop takes whatever is ready in turn. Requests go round it several times (the rate limit's
answer, the service's, the client's socket), so if all that came were begun at once, each step
of each would wait for a step of all others, and under load everybody's answer would be late.
Begun a few each time round, those that were begun are soon done, and it is the others that
wait: in one queue, where they can be refused before anything was spent on them.
"""

import asyncio
import time
from collections import deque

from mesh.shedding import Overloaded, Shedder

# How many are begun each time round: fewer by half after a round that took longer than
# ROUND_S, one more after one that did not.
LEAST, MOST = 4, 16
ROUND_S = 0.05

Waiting = tuple[asyncio.Future[None], float]


class Turns:
    """For one event loop. A request may take `allowed_s`, as far as is known when it comes."""

    def __init__(self, allowed_s: float) -> None:
        self._allowed_s = allowed_s
        self._shedder = Shedder()
        self._each_round = self._left = MOST
        self._idle, self._round_began = True, 0.0
        self._waiting: deque[Waiting] = deque()

    async def take(self, received: float) -> None:
        """Returns when it is the turn of what came at that time, in `time.monotonic()`.

        At once, unless many came at the same time. Raises Overloaded when it waited too long,
        which takes nobody's turn.
        """
        now = time.monotonic()
        if self._idle:
            self._idle, self._round_began = False, now
            asyncio.get_running_loop().call_soon(self._next_round)
        if self._left:
            self._shedder.check(now - received, self._allowed_s, now)
            self._left -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((turn, received))
        await turn

    def _next_round(self) -> None:
        began, self._round_began = self._round_began, time.monotonic()
        if self._round_began - began > ROUND_S:
            self._each_round = max(LEAST, self._each_round // 2)
        elif self._each_round < MOST:
            self._each_round += 1
        self._left = self._each_round
        while self._waiting and self._left:
            turn, received = self._waiting.popleft()
            if not turn.done():  # else its task was cancelled
                self._call(turn, received)
        self._idle = self._left == self._each_round
        if not self._idle:
            asyncio.get_running_loop().call_soon(self._next_round)

    def _call(self, turn: asyncio.Future[None], received: float) -> None:
        now = time.monotonic()
        try:
            self._shedder.check(now - received, self._allowed_s, now)
        except Overloaded as error:
            turn.set_exception(error)
        else:
            turn.set_result(None)
            self._left -= 1
