"""Requests that came together are begun a few in each round of the event loop."""

import asyncio
import itertools

from edge_api.http.turns import BEGUN_AT_ONCE, Turns


def test_what_is_under_way_goes_on_between_them_and_they_keep_their_order() -> None:
    async def test() -> None:
        loop, log = asyncio.get_running_loop(), list[int]()
        turns, others = Turns(loop), list[int]()

        def other() -> None:
            others.append(len(log))
            if len(log) < count:
                loop.call_soon(other)

        count = 5 * BEGUN_AT_ONCE + 1
        loop.call_soon(other)
        for number in range(count):
            turns.begin(lambda number=number: log.append(number))  # type: ignore[misc]
        for _ in range(count):
            await asyncio.sleep(0)
        assert log == list(range(count))
        begun = [after - before for before, after in itertools.pairwise(others)]
        assert max(begun) <= BEGUN_AT_ONCE
        assert len(others) >= 5

    asyncio.run(test())


def test_one_alone_begins_at_once_each_time() -> None:
    async def test() -> None:
        turns, log = Turns(asyncio.get_running_loop()), list[int]()
        for number in range(3 * BEGUN_AT_ONCE):
            turns.begin(lambda number=number: log.append(number))  # type: ignore[misc]
            assert log[-1] == number
            await asyncio.sleep(0)

    asyncio.run(test())


def test_order_holds_for_who_comes_while_others_wait() -> None:
    async def test() -> None:
        turns, log = Turns(asyncio.get_running_loop()), list[str]()
        for _ in range(BEGUN_AT_ONCE + 1):
            turns.begin(lambda: log.append("early"))
        await asyncio.sleep(0)
        turns.begin(lambda: log.append("late"))
        await asyncio.sleep(0)
        assert log == ["early"] * (BEGUN_AT_ONCE + 1) + ["late"]

    asyncio.run(test())
