"""Asks again for what is kept and was looked at, shortly before it is too old.

Nobody waits for these calls, so they gather for a moment and ride in batches, where a request
that finds nothing kept asks in a small one, and waits. What nobody looked at is left to get old.
Source: Caffeine's wiki, "Refresh"; unlike its, nothing is served that is older than said.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from functools import partial
from typing import Any

from google.protobuf.message import Message

from edge_api.gateway.shared_cache import MOST_ENTRIES, Key

AHEAD_S = 0.2
TOGETHER_S = 0.05
# A batch; what is due beside it gets old.
MOST_TOGETHER = 64

Ask = Callable[[Message, Key], Coroutine[Any, Any, None]]


class RefreshAhead:
    """What is due of one binding, whose responses are kept for `max_age_s`; for one event loop.

    `ask` asks the service and keeps its answer. What it raises is for nobody: the next request
    asks by itself.
    """

    def __init__(self, max_age_s: float, ask: Ask) -> None:
        self._max_age_s = max_age_s
        self._ask = ask
        self._noted: dict[Key, asyncio.Task[None] | None] = {}  # a task once it is asked for
        self._rounds: dict[int, list[tuple[Key, Message]]] = {}  # by when they end, in TOGETHER_S
        self._waits = False

    def note(self, key: Key, message: Message, age_s: float) -> None:
        """Has the service asked again for what was looked at, once, when it is nearly too old."""
        if key in self._noted or len(self._noted) >= MOST_ENTRIES:
            return
        loop = asyncio.get_running_loop()
        left_s = max(0.0, self._max_age_s - age_s)
        # What a replica told may have been nearly too old when it came.
        due = loop.time() + max(left_s - AHEAD_S, left_s / 2)
        self._noted[key] = None
        self._rounds.setdefault(int(due / TOGETHER_S) + 1, []).append((key, message))
        if not self._waits:
            self._wait(loop)

    def _wait(self, loop: asyncio.AbstractEventLoop) -> None:
        self._waits = True
        # In a context of its own, as it is part of no request.
        loop.call_at(min(self._rounds) * TOGETHER_S, self._ask_due, loop, context=Context())

    def _ask_due(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for ended in sorted(number for number in self._rounds if number * TOGETHER_S <= now):
            due = self._rounds.pop(ended)
            for key, message in due[:MOST_TOGETHER]:
                asking = self._noted[key] = loop.create_task(self._ask(message, key))
                asking.add_done_callback(partial(self._forget, key))
            for key, _ in due[MOST_TOGETHER:]:
                self._forget(key)
        self._waits = False
        if self._rounds:
            self._wait(loop)

    def _forget(self, key: Key, asked: "asyncio.Task[None] | None" = None) -> None:
        del self._noted[key]
        if asked is not None and not asked.cancelled():
            asked.exception()  # so that asyncio does not tell of one that nobody looked at
