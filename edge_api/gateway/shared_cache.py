"""The cache of responses that callers share: of reads that the contract gives a `max_age_s`.

Source: RFC 9111, HTTP Caching; its shared cache is one that stores responses for many users.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from edge_api.transcoding.response import Content
from mesh.core.errors import DeadlineExceeded

MOST_ENTRIES = 10_000
MOST_BYTES = 16 * 1024 * 1024
# So much of it one response may take: a page of 200 products is usually shorter.
MOST_BYTES_OF_ONE = MOST_BYTES // 16
# What an entry takes beside its key and its content, about.
ENTRY_BYTES = 600

# What was asked for: the path's template, the request message, and the media type.
Key = tuple[str, bytes, str]
# Returns the content, and how old it was when it was asked for, in seconds.
Ask = Callable[[], Awaitable[tuple[Content, float]]]


@dataclass(slots=True)
class _Kept:
    content: Content
    asked: float
    size_bytes: int


@dataclass(slots=True, eq=False)
class _UnderWay:
    """What a request is asking for; `waiting` are the others who want it.

    `asked` is when, and once the content came, of when that is. Each of them gets the content, or
    None to ask for itself.
    """

    asked: float
    waiting: "list[asyncio.Future[Content | None]]" = field(default_factory=list)


class SharedCache:
    """The responses of one process, for one event loop; times are those of `clock`, in seconds.

    The age of a response counts from when it was asked for, or from before where it was older
    already, so that it is no older than said.
    """

    def __init__(
        self,
        most_entries: int = MOST_ENTRIES,
        most_bytes: int = MOST_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most_entries, self._most_bytes = most_entries, most_bytes
        self._clock = clock
        self._kept: dict[Key, _Kept] = {}  # oldest first
        self._under_way: dict[Key, _UnderWay] = {}
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: Key, max_age_s: float) -> tuple[Content, float] | None:
        """Returns the content kept for the key, and its age, unless it is too old."""
        kept = self._kept.get(key)
        if kept is None or (age_s := self._clock() - kept.asked) >= max_age_s:
            return None
        return kept.content, age_s

    async def ask(
        self, key: Key, max_age_s: float, ask: Ask, *, within_s: float, anew: bool
    ) -> tuple[Content, float]:
        """Returns the content that `ask` returns, and its age when it is asked for here.

        Requests that come meanwhile wait for it, `within_s`, unless it was asked for too long ago
        or they want it `anew`. Raises what `ask` raises, which is not kept, and TimeoutError.
        """
        now = self._clock()
        shared = self._under_way.get(key)
        if anew or shared is None or now - shared.asked >= max_age_s:
            return await self._ask(key, ask, now)
        waiting = asyncio.get_running_loop().create_future()
        shared.waiting.append(waiting)
        async with asyncio.timeout(within_s):
            content = await waiting
        if content is not None and now - shared.asked < max_age_s:
            return content, now - shared.asked
        left_s = within_s - (self._clock() - now)
        return await self.ask(key, max_age_s, ask, within_s=left_s, anew=False)

    async def _ask(self, key: Key, ask: Ask, now: float) -> tuple[Content, float]:
        shared = self._under_way[key] = _UnderWay(now)
        content: Content | None = None
        failed: Exception | None = None
        try:
            content, age_s = await ask()
            shared.asked = now - age_s
            self._keep(key, content, shared.asked)
        except DeadlineExceeded:
            raise  # the others may have more time
        except Exception as error:
            failed = error
            raise
        finally:
            if self._under_way.get(key) is shared:
                del self._under_way[key]
            for waiting in shared.waiting:
                if waiting.done():
                    continue  # its client left, or its time was up
                if failed is None:
                    waiting.set_result(content)
                else:
                    waiting.set_exception(failed)
        return content, age_s

    def _keep(self, key: Key, content: Content, asked: float) -> None:
        before = self._kept.get(key)
        if before is not None and before.asked > asked:
            return  # what was asked for later came earlier
        self._drop(key)
        size = ENTRY_BYTES + len(key[1]) + len(content.body)
        if size > min(self._most_bytes, MOST_BYTES_OF_ONE):
            return
        self._kept[key] = _Kept(content, asked, size)
        self.size_bytes += size
        while len(self._kept) > self._most_entries or self.size_bytes > self._most_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Key) -> None:
        dropped = self._kept.pop(key, None)
        if dropped is not None:
            self.size_bytes -= dropped.size_bytes
