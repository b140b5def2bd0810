"""Asks again for what is kept and was looked at, shortly before it is too old.

Nobody waits for these calls, so they gather for a moment and ride in batches, where a request
that finds nothing kept asks in a small one, and waits. What nobody looks at any more gets old.
Source: Caffeine's wiki, "Refresh"; unlike its, nothing is served that is older than said.
"""

import asyncio
import heapq
import itertools
import math
from collections.abc import Callable, Coroutine
from contextvars import Context
from dataclasses import dataclass
from functools import partial
from typing import Any

from google.protobuf.message import Message

from edge_api.gateway.shared_cache import MOST_ENTRIES, Key
from edge_api.http.turns import BEGUN_AT_ONCE

TOGETHER_S = 0.05
# Four batches. What is due beside them waits for room, or gets old.
MOST_UNDER_WAY = 256
# How long a call takes, to begin with, and over how many answers that is smoothed.
TOOK_S, SMOOTHED_OVER = 0.05, 64
# How many calls each look at what is kept pays for, and how many may be paid for in advance.
LOOK_PAYS_FOR, MOST_PAID_FOR = 1.5, 8.0

# Returns how old the answer was when it was asked for, in seconds.
Ask = Callable[[Message, Key], Coroutine[Any, Any, float]]


@dataclass(slots=True, eq=False)
class _Noted:
    """What is kept young while looks at it pay for that; times are of the loop's clock."""

    key: Key
    message: Message
    paid_for: float = LOOK_PAYS_FOR
    old_at: float = 0.0
    asking: asyncio.Task[float] | None = None


class RefreshAhead:
    """What is due of one binding, whose responses are kept for `max_age_s`; for one event loop.

    `ask` asks the service and keeps its answer. What it raises is for nobody: the next request
    asks by itself.
    """

    def __init__(self, max_age_s: float, ask: Ask) -> None:
        self._max_age_s = max_age_s
        self._ask = ask
        self._noted: dict[Key, _Noted] = {}
        self._due: list[tuple[float, int, _Noted]] = []  # a heap; the number has no meaning
        self._numbers = itertools.count()
        self._wakes = math.inf
        self._timer: asyncio.Handle | None = None
        self._took_s = TOOK_S
        self._under_way = 0

    def note(self, key: Key, message: Message, age_s: float) -> None:
        """Has the service asked again for what was looked at, when it is nearly too old."""
        loop, noted = asyncio.get_running_loop(), self._noted.get(key)
        if noted is not None:
            noted.paid_for = min(noted.paid_for + LOOK_PAYS_FOR, MOST_PAID_FOR)
        elif len(self._noted) < MOST_ENTRIES:
            noted = self._noted[key] = _Noted(key, message)
            self._plan(loop, noted, age_s)

    def _plan(self, loop: asyncio.AbstractEventLoop, noted: _Noted, age_s: float) -> None:
        now, left_s = loop.time(), max(0.0, self._max_age_s - age_s)
        noted.old_at = now + left_s
        # What a replica told may have been nearly too old when it came.
        due = now + max(left_s - TOGETHER_S - 2 * self._took_s, left_s / 2)
        due -= due % TOGETHER_S
        heapq.heappush(self._due, (due, next(self._numbers), noted))
        self._wake(loop, due)

    def _wake(self, loop: asyncio.AbstractEventLoop, at: float) -> None:
        if at < self._wakes:
            if self._timer is not None:
                self._timer.cancel()
            # In a context of its own, as it is part of no request.
            self._wakes, context = at, Context()
            self._timer = loop.call_at(at, self._ask_due, loop, context=context)

    def _ask_due(self, loop: asyncio.AbstractEventLoop) -> None:
        self._wakes, self._timer = math.inf, None
        now, room = loop.time(), min(BEGUN_AT_ONCE, MOST_UNDER_WAY - self._under_way)
        while self._due and self._due[0][0] <= now and room:
            noted = heapq.heappop(self._due)[2]
            if now > noted.old_at or noted.paid_for < 1:
                del self._noted[noted.key]
                continue
            noted.paid_for -= 1
            room -= 1
            self._under_way += 1
            asking = noted.asking = loop.create_task(self._ask(noted.message, noted.key))
            asking.add_done_callback(partial(self._answered, loop, noted, now))
        if self._due:
            full = self._under_way == MOST_UNDER_WAY
            self._wake(loop, now + TOGETHER_S if full else self._due[0][0])

    def _answered(
        self,
        loop: asyncio.AbstractEventLoop,
        noted: _Noted,
        asked: float,
        answer: asyncio.Task[float],
    ) -> None:
        took_s = loop.time() - asked
        self._under_way -= 1
        self._took_s += (took_s - self._took_s) / SMOOTHED_OVER
        # Its error is read also where nobody wants it, so that asyncio does not tell of it.
        if answer.cancelled() or answer.exception() is not None:
            del self._noted[noted.key]
        else:
            self._plan(loop, noted, answer.result() + took_s)
