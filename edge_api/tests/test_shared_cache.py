"""The cache of shared responses: its bounds, and who waits for whom."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from edge_api.gateway.shared_cache import ENTRY_BYTES, SharedCache
from edge_api.transcoding.response import Content
from mesh.core.errors import DeadlineExceeded


class Service:
    """Answers when it is let, by the number of the call; `now` is the time in seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls = 0
        self.cancelled = 0
        self.let = asyncio.Event()
        self.fails: Exception | None = None
        self.age_s = 0.0

    async def ask(self) -> tuple[Content, float]:
        self.calls += 1
        number = self.calls
        try:
            await self.let.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.fails:
            raise self.fails
        return Content(b"%d" % number, "text/plain", str(number)), self.age_s


def key(name: str) -> tuple[str, bytes, str]:
    return "/things/{name}", name.encode(), "application/json"


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 30))


async def waiting(cache: SharedCache, service: Service, *, anew: bool = False) -> Any:
    """Returns the task of a request that has asked and waits."""
    task = asyncio.create_task(cache.ask(key("a"), 1, service.ask, within_s=9, anew=anew))
    for _ in range(3):
        await asyncio.sleep(0)
    return task


def test_who_comes_meanwhile_waits_for_the_same_one_and_is_told_its_age() -> None:
    async def test() -> None:
        service = Service()
        cache = SharedCache(clock=lambda: service.now)
        first = await waiting(cache, service)
        service.now = 0.4
        second = await waiting(cache, service)
        service.let.set()
        assert [(await each)[0].etag for each in (first, second)] == ["1", "1"]
        assert (await second)[1] == 0.4
        assert cache.find(key("a"), 1) == (Content(b"1", "text/plain", "1"), 0.4)
        service.now = 1.0
        assert cache.find(key("a"), 1) is None

    run(test())


@pytest.mark.parametrize(("later_s", "anew"), [(1.0, False), (0.1, True)])
def test_who_comes_too_late_or_asks_anew_does_not_wait_for_it(later_s: float, anew: bool) -> None:
    async def test() -> None:
        service = Service()
        cache = SharedCache(clock=lambda: service.now)
        first = await waiting(cache, service)
        service.now = later_s
        second = await waiting(cache, service, anew=anew)
        service.let.set()
        assert [(await each)[0].etag for each in (first, second)] == ["1", "2"]
        kept = cache.find(key("a"), 1)
        assert kept is not None
        assert (kept[0].etag, kept[1]) == ("2", 0.0)

    run(test())


def test_what_was_old_when_it_came_is_kept_for_less_and_is_for_nobody_who_came_too_late() -> None:
    async def test() -> None:
        service = Service()
        cache = SharedCache(clock=lambda: service.now)
        first = await waiting(cache, service)
        service.now = 0.25
        second = await waiting(cache, service)
        service.now = 0.5
        third = await waiting(cache, service)
        service.age_s = 0.5
        service.let.set()
        assert [(await each)[0].etag for each in (first, second, third)] == ["1", "1", "2"]
        assert [(await each)[1] for each in (first, second, third)] == [0.5, 0.75, 0.5]
        assert cache.find(key("a"), 1) == (Content(b"2", "text/plain", "2"), 0.5)
        service.now = 1.0
        assert cache.find(key("a"), 1) is None

    run(test())


def test_an_error_is_everyones_who_waits_and_nobody_elses() -> None:
    async def test() -> None:
        service = Service()
        service.fails = RuntimeError("away")
        cache = SharedCache(clock=lambda: service.now)
        both = [await waiting(cache, service), await waiting(cache, service)]
        service.let.set()
        assert all(
            isinstance(e, RuntimeError) for e in await asyncio.gather(*both, return_exceptions=True)
        )
        service.fails = None
        found, _ = await cache.ask(key("a"), 1, service.ask, within_s=9, anew=False)
        assert (found.etag, service.calls) == ("2", 2)

    run(test())


def test_who_waits_asks_itself_when_the_one_that_asked_has_left() -> None:
    async def test() -> None:
        service = Service()
        cache = SharedCache(clock=lambda: service.now)
        first, second, third = [await waiting(cache, service) for _ in range(3)]
        first.cancel()
        await asyncio.wait([first])
        for _ in range(9):
            await asyncio.sleep(0)
        assert (service.calls, service.cancelled) == (2, 1)  # the second asked, the third waits
        service.let.set()
        assert [(await each)[0].etag for each in (second, third)] == ["2", "2"]

    run(test())


def test_who_waits_and_has_more_time_asks_itself_when_the_first_ones_time_is_up() -> None:
    async def test() -> None:
        service = Service()
        service.fails = DeadlineExceeded("too late")
        cache = SharedCache(clock=lambda: service.now)
        first, second = await waiting(cache, service), await waiting(cache, service)
        service.let.set()
        for each in (first, second):
            with pytest.raises(DeadlineExceeded):
                await each
        assert service.calls == 2

    run(test())


def test_who_waits_does_so_no_longer_than_its_own_time() -> None:
    async def test() -> None:
        service = Service()
        cache = SharedCache(clock=lambda: service.now)
        first = await waiting(cache, service)
        with pytest.raises(TimeoutError):
            await cache.ask(key("a"), 1, service.ask, within_s=0.01, anew=False)
        service.let.set()
        assert (await first)[0].etag == "1"
        assert service.calls == 1

    run(test())


def test_it_keeps_no_more_than_so_many_responses_and_bytes() -> None:
    async def test() -> None:
        service = Service()
        service.let.set()
        cache = SharedCache(most_entries=3, clock=lambda: service.now)
        for name in "abcde":
            await cache.ask(key(name), 1, service.ask, within_s=9, anew=False)
        assert [name for name in "abcde" if cache.find(key(name), 1)] == ["c", "d", "e"]
        assert cache.size_bytes == 3 * (ENTRY_BYTES + 1 + 1)
        small = SharedCache(most_bytes=2 * ENTRY_BYTES + 10, clock=lambda: service.now)
        for name in "abc":
            await small.ask(key(name), 1, service.ask, within_s=9, anew=False)
        assert (len(small), small.size_bytes) == (2, 2 * (ENTRY_BYTES + 1 + 1))

        async def large() -> tuple[Content, float]:
            return Content(bytes(2 * ENTRY_BYTES), "text/plain", ""), 0.0

        await small.ask(key("c"), 1, large, within_s=9, anew=True)
        assert small.find(key("c"), 1) is None  # neither the large one nor the one before it

    run(test())
