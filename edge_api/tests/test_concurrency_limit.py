"""Who goes first, who is refused, and who takes no slot."""

import asyncio
import time
from collections.abc import Callable

import pytest

from edge_api.http.concurrency_limit import (
    FULL_SHARE,
    MOST_UNDER_WAY,
    MOST_WAITING,
    ConcurrencyLimit,
)
from mesh.core.shedding import Overloaded


def hold(
    limit: ConcurrencyLimit,
    let_go: asyncio.Event,
    received: float | None = None,
    allowed_s: float = 60.0,
) -> "asyncio.Task[None]":
    """Starts a request that keeps its slot until it is let go."""

    async def held() -> None:
        async with limit.slot(time.monotonic() if received is None else received, allowed_s):
            await let_go.wait()

    return asyncio.create_task(held())


def test_so_many_are_under_way_at_most_and_the_others_go_in_their_order() -> None:
    async def served() -> tuple[list[int], int]:
        limit, order, under_way, most = ConcurrencyLimit(), list[int](), 0, 0

        async def request(number: int) -> None:
            nonlocal under_way, most
            async with limit.slot(time.monotonic(), 60.0):
                order.append(number)
                under_way += 1
                most = max(most, under_way)
                await asyncio.sleep(0)
                under_way -= 1

        await asyncio.gather(*(request(number) for number in range(MOST_UNDER_WAY * 5)))
        return order, most

    order, most = asyncio.run(served())
    assert (order, most) == (list(range(MOST_UNDER_WAY * 5)), MOST_UNDER_WAY)


def test_a_request_whose_client_is_gone_takes_no_slot_and_keeps_none() -> None:
    async def begun() -> int:
        limit, count = ConcurrencyLimit(), 0

        async def request() -> None:
            nonlocal count
            async with limit.slot(time.monotonic(), 60.0):
                count += 1
                await asyncio.sleep(0.01)

        tasks = [asyncio.create_task(request()) for _ in range(MOST_UNDER_WAY * 4)]
        await asyncio.sleep(0)
        for task in tasks[: MOST_UNDER_WAY * 2]:  # those under way, and as many that wait
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return count

    assert asyncio.run(begun()) == MOST_UNDER_WAY * 3


def test_a_slot_that_its_client_can_no_longer_take_is_another_s() -> None:
    """Cancelled in the moment between being given the slot and going on."""

    async def begun() -> bool:
        limit, let_go = ConcurrencyLimit(), asyncio.Event()

        held = [hold(limit, let_go) for _ in range(MOST_UNDER_WAY)]
        await asyncio.sleep(0)
        gone, last = hold(limit, let_go), hold(limit, let_go)
        await asyncio.sleep(0)
        held[0].cancel()
        await asyncio.sleep(0)  # its slot is `gone`'s now
        gone.cancel()
        let_go.set()
        await asyncio.wait_for(asyncio.gather(last, *held[1:]), 10)
        return limit.under_way == 0

    assert asyncio.run(begun())


def test_what_waited_too_long_for_a_slot_is_refused_though_none_becomes_free() -> None:
    async def outcome() -> float:
        limit, let_go = ConcurrencyLimit(), asyncio.Event()

        held = [hold(limit, let_go) for _ in range(MOST_UNDER_WAY)]
        await asyncio.sleep(0)
        began = time.monotonic()
        with pytest.raises(Overloaded):
            async with limit.slot(began, 0.4):
                pass
        let_go.set()
        await asyncio.gather(*held)
        return time.monotonic() - began

    assert 0.2 <= asyncio.run(outcome()) < 10


def test_what_came_too_late_is_refused_though_slots_are_free() -> None:
    async def ask() -> None:
        async with ConcurrencyLimit().slot(time.monotonic() - 1.5, 2.0):
            pass

    with pytest.raises(Overloaded):
        asyncio.run(ask())


async def refuses(
    ask: Callable[[], object], let_go: asyncio.Event, holding: list["asyncio.Task[None]"]
) -> bool:
    """Returns whether it is refused while the others hold their slots or wait."""
    await asyncio.sleep(0)
    try:
        ask()
    except Overloaded:
        return True
    finally:
        let_go.set()
        await asyncio.gather(*holding)
    return False


@pytest.mark.parametrize(("waited_share", "refused"), [(1.1, True), (0.9, False)])
def test_a_queue_takes_nobody_who_would_wait_for_too_long(
    waited_share: float, refused: bool
) -> None:
    """As long as it is served in time, it may be as long as it likes."""

    async def is_refused() -> bool:
        limit, now, let_go = ConcurrencyLimit(), time.monotonic(), asyncio.Event()
        first = now - 60.0 * FULL_SHARE * waited_share
        holding = [hold(limit, let_go, first, 60.0) for _ in range(MOST_UNDER_WAY + 1)]
        return await refuses(lambda: limit.slot(now, 60.0), let_go, holding)

    assert asyncio.run(is_refused()) is refused


def test_no_queue_is_longer_than_what_is_cheap_to_refuse() -> None:
    async def is_refused(waiting: int) -> bool:
        limit, let_go = ConcurrencyLimit(), asyncio.Event()
        holding = [hold(limit, let_go) for _ in range(MOST_UNDER_WAY + waiting)]
        return await refuses(lambda: limit.check(time.monotonic(), 60.0), let_go, holding)

    assert not asyncio.run(is_refused(MOST_WAITING - 1))
    assert asyncio.run(is_refused(MOST_WAITING))
