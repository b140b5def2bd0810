"""How exact limits are that are counted ahead of time, in a real Redis."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from dev.engines.redis import Redis
from edge_api.ratelimit.counters import Counters, Granted
from edge_api.ratelimit.quota import DAY_S, Decision, Quota
from edge_api.ratelimit.request_leases import FIRST_LEASED, LEASED_S, Leases, most_leased

A_DAY = Quota("read", 200, DAY_S)  # comes back too slowly to matter here
KEY = "budget:READ:ada"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    with Redis(tmp_path / "redis", port=0, durable=False) as started:
        yield started


class Held(Counters):
    """Counters that answer when they are told to, as a Redis far away."""

    def __init__(self) -> None:
        self.wanted: list[int] = []
        self._pending: list[asyncio.Future[Granted]] = []

    async def acquire(self, key: str, quota: Quota, wanted: int = 1) -> Granted:
        self.wanted.append(wanted)
        self._pending.append(asyncio.get_running_loop().create_future())
        return await self._pending[-1]

    def answer(self, requests: int) -> None:
        decision = Decision(A_DAY, 100, 0.0, 0.0 if requests else 1.0)
        for pending in self._pending:
            if not pending.done():
                pending.set_result(Granted(decision, requests))


def leases(redis: Redis, clock: Clock) -> Leases:
    return Leases(Counters(redis.url, answers_within_s=10), clock)


@asynccontextmanager
async def closing(*processes: Leases) -> AsyncIterator[tuple[Leases, ...]]:
    try:
        yield processes
    finally:
        for one in processes:
            await one.close()


async def all_wait() -> None:
    """Lets tasks go on until each waits for an answer."""
    for _ in range(5):
        await asyncio.sleep(0)


async def asked_at_once(counters: Counters, times: int) -> list[asyncio.Task[Decision]]:
    """Returns so many requests of a new process, which wait."""
    one = Leases(counters, Clock())
    asked = [asyncio.create_task(one.acquire(KEY, A_DAY)) for _ in range(times)]
    await all_wait()
    return asked


async def granted(one: Leases, times: int, *, exactly: bool = False) -> int:
    """How many of so many requests, one after another, are allowed."""
    decisions = [await one.acquire(KEY, A_DAY, exactly=exactly) for _ in range(times)]
    return sum(decision.wait_s == 0 for decision in decisions)


def test_one_process_gives_a_caller_its_quota_to_the_last_request(redis: Redis) -> None:
    async def test() -> None:
        async with closing(leases(redis, Clock())) as (one,):
            assert await granted(one, 300) == A_DAY.requests

    asyncio.run(test())


def test_no_caller_gets_more_than_its_quota_and_as_many_less_as_are_leased(redis: Redis) -> None:
    """Asked here and there in turn, until one process alone refuses."""

    async def test() -> None:
        async with closing(*(leases(redis, Clock()) for _ in range(3))) as processes:
            first, *others = processes
            for one in others:
                assert await granted(one, 20) == 20
            rest = await granted(first, 300)
            unused = A_DAY.requests - 40 - rest
            assert 0 <= unused <= len(others) * most_leased(A_DAY)
            assert sum([await granted(one, 20) for one in others]) == unused

    asyncio.run(test())


def test_what_is_not_used_in_time_is_lost(redis: Redis) -> None:
    async def test() -> None:
        clock = Clock()
        async with closing(leases(redis, clock)) as (one,):
            assert await granted(one, 5) == 5  # of 4 + 8 that were counted
            clock.now += LEASED_S
            assert await granted(one, 300) == A_DAY.requests - 12

    asyncio.run(test())


def test_a_response_tells_of_what_is_left_as_if_each_request_were_counted(redis: Redis) -> None:
    async def test() -> None:
        async with closing(leases(redis, Clock())) as (one,):
            told = [(await one.acquire(KEY, A_DAY)).remaining for _ in range(50)]
        assert told == list(range(199, 149, -1))

    asyncio.run(test())


def test_at_once_requests_of_one_caller_take_as_many_as_they_are(redis: Redis) -> None:
    async def test() -> None:
        async with closing(leases(redis, Clock())) as (one,):
            decisions = await asyncio.gather(*(one.acquire(KEY, A_DAY) for _ in range(300)))
        assert sum(decision.wait_s == 0 for decision in decisions) == A_DAY.requests

    asyncio.run(test())


def test_what_comes_while_redis_is_asked_takes_of_its_answer() -> None:
    async def test() -> None:
        counters = Held()
        asked = await asked_at_once(counters, 6)
        assert counters.wanted == [FIRST_LEASED]
        counters.answer(FIRST_LEASED)
        await all_wait()
        assert counters.wanted == [FIRST_LEASED, 1, 1]  # for those who found nothing left
        counters.answer(1)
        assert [decision.wait_s for decision in await asyncio.gather(*asked)] == [0.0] * 6

    asyncio.run(test())


def test_what_comes_while_redis_is_asked_is_refused_with_it() -> None:
    async def test() -> None:
        counters = Held()
        asked = await asked_at_once(counters, 6)
        counters.answer(0)
        assert [decision.wait_s for decision in await asyncio.gather(*asked)] == [1.0] * 6
        assert counters.wanted == [FIRST_LEASED]

    asyncio.run(test())


def test_who_asks_and_hangs_up_takes_nobody_with_it() -> None:
    async def test() -> None:
        counters = Held()
        first, second = await asked_at_once(counters, 2)
        first.cancel()
        await all_wait()
        assert counters.wanted == [FIRST_LEASED, 1]
        counters.answer(1)
        assert (await second).wait_s == 0

    asyncio.run(test())


def test_what_is_to_be_exact_is(redis: Redis) -> None:
    async def test() -> None:
        async with closing(*(leases(redis, Clock()) for _ in range(2))) as processes:
            counts = [await granted(one, 150, exactly=True) for one in processes]
        assert counts == [150, 50]

    asyncio.run(test())


def test_small_quotas_are_exact() -> None:
    assert [most_leased(Quota("read", count, 60)) for count in (1, 39, 40, 1200)] == [1, 1, 2, 60]
