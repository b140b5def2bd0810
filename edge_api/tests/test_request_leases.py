"""How exact limits are that are counted ahead of time, in a real Redis."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from dev.engines.redis import Redis
from edge_api.ratelimit.counters import Counters
from edge_api.ratelimit.quota import DAY_S, Quota
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


def leases(redis: Redis, clock: Clock) -> Leases:
    return Leases(Counters(redis.url, answers_within_s=10), clock)


@asynccontextmanager
async def closing(*processes: Leases) -> AsyncIterator[tuple[Leases, ...]]:
    try:
        yield processes
    finally:
        for one in processes:
            await one.close()


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


def test_at_once_requests_of_one_caller_take_as_many_as_they_are_but_for_the_first_lease(
    redis: Redis,
) -> None:
    async def test() -> None:
        async with closing(leases(redis, Clock())) as (one,):
            decisions = await asyncio.gather(*(one.acquire(KEY, A_DAY) for _ in range(300)))
        allowed = sum(decision.wait_s == 0 for decision in decisions)
        assert allowed == A_DAY.requests - (FIRST_LEASED - 1)

    asyncio.run(test())


def test_what_is_to_be_exact_is(redis: Redis) -> None:
    async def test() -> None:
        async with closing(*(leases(redis, Clock()) for _ in range(2))) as processes:
            counts = [await granted(one, 150, exactly=True) for one in processes]
        assert counts == [150, 50]

    asyncio.run(test())


def test_small_quotas_are_exact() -> None:
    assert [most_leased(Quota("read", count, 60)) for count in (1, 39, 40, 1200)] == [1, 1, 2, 32]
