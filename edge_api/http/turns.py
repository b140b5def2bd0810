"""Begins the requests that came together a few at a time, so that others go on between them."""

import asyncio
from collections import deque
from collections.abc import Callable

# Each takes about half a millisecond until it waits or is answered.
BEGUN_AT_ONCE = 8
# Who comes when so many wait would wait for a tenth of a second.
MOST_WAITING = 256


class Turns:
    """The requests of one event loop, in the order in which they came.

    What a request waits for takes it a few rounds of the loop, and a round takes as long as all
    that is begun in it: with 128 connections 50 ms, in which nothing else was gone on with.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[Callable[[], None]] = deque()
        self._room = BEGUN_AT_ONCE

    def begin(self, request: Callable[[], None]) -> None:
        """Calls `request` in this round of the loop, or in a later one."""
        if self._room == BEGUN_AT_ONCE:
            self._loop.call_soon(self._next)
        if self._room:
            self._room -= 1
            request()
        else:
            self._waiting.append(request)

    def full(self) -> bool:
        """Returns whether so many wait that the next one is better refused."""
        return len(self._waiting) >= MOST_WAITING

    def _next(self) -> None:
        self._room = BEGUN_AT_ONCE
        while self._waiting and self._room:
            self.begin(self._waiting.popleft())
