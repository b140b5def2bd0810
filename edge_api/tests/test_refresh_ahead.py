"""Which kept responses are asked for again, and how often."""

import asyncio

import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message

from edge_api.gateway.refresh_ahead import (
    LOOK_PAYS_FOR,
    MOST_PAID_FOR,
    MOST_UNDER_WAY,
    TOGETHER_S,
    TOOK_S,
    RefreshAhead,
)
from edge_api.gateway.shared_cache import Key

OLD_S = 1.0
AHEAD_S = TOGETHER_S + 2 * TOOK_S
DUE_S = OLD_S - AHEAD_S / 2  # whatever is so old is due at once


class Service:
    """Answers when it is let."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.asked_at: list[float] = []
        self.let = asyncio.Event()
        self.away = False

    async def ask(self, _: Message, key: Key) -> float:
        self.asked.append(key[0])
        self.asked_at.append(asyncio.get_running_loop().time())
        await self.let.wait()
        if self.away:
            raise RuntimeError("away")
        return 0.0

    async def asked_for(self, names: list[str]) -> None:
        async with asyncio.timeout(30):
            while self.asked != names:  # noqa: ASYNC110  # nothing tells of it
                await asyncio.sleep(0.01)


def note(ahead: RefreshAhead, *names: str, age_s: float = DUE_S) -> None:
    for name in names:
        ahead.note((name, b"", ""), Empty(), age_s)


def test_what_was_looked_at_often_is_asked_for_once_until_there_is_an_answer_or_none() -> None:
    async def test() -> None:
        service = Service()
        ahead = RefreshAhead(OLD_S, service.ask)
        note(ahead, "a", "b", "a")
        await service.asked_for(["a", "b"])
        note(ahead, "a", "c")
        await service.asked_for(["a", "b", "c"])
        service.away = True
        service.let.set()
        await asyncio.sleep(0)  # the tasks end
        await asyncio.sleep(0)  # and are forgotten
        note(ahead, "a")
        await service.asked_for(["a", "b", "c", "a"])

    asyncio.run(test())


def test_what_is_young_is_asked_for_when_it_is_nearly_too_old_and_keeps_nobody_waiting() -> None:
    async def test() -> None:
        service = Service()
        ahead = RefreshAhead(OLD_S, service.ask)
        began = asyncio.get_running_loop().time()
        note(ahead, "young", age_s=0.5)
        note(ahead, "old")
        await service.asked_for(["old", "young"])
        old, young = (at - began for at in service.asked_at)
        assert old < young
        assert young >= OLD_S - AHEAD_S - TOGETHER_S - 0.5

    asyncio.run(test())


def test_it_is_kept_young_while_it_is_looked_at_and_no_longer_than_that_pays_for() -> None:
    async def test() -> None:
        old_s = 0.4
        service, loop = Service(), asyncio.get_running_loop()
        service.let.set()
        ahead = RefreshAhead(old_s, service.ask)
        began = loop.time()
        while loop.time() < began + 5 * old_s:
            note(ahead, "a", age_s=0.0)
            await asyncio.sleep(0.02)
        while_looked_at = len(service.asked)
        assert while_looked_at >= 5
        await asyncio.sleep((MOST_PAID_FOR + 2) * old_s)
        assert MOST_PAID_FOR - 1 <= len(service.asked) - while_looked_at <= MOST_PAID_FOR

    asyncio.run(test())


@pytest.mark.parametrize("looks", [1, 2, 4])
def test_what_is_rarely_looked_at_costs_the_service_little_more_than_those_looks(
    looks: int,
) -> None:
    async def test() -> None:
        old_s = 0.2
        service = Service()
        service.let.set()
        ahead = RefreshAhead(old_s, service.ask)
        note(ahead, *["a"] * looks, age_s=0.0)
        await asyncio.sleep((looks * LOOK_PAYS_FOR + 3) * old_s)
        assert len(service.asked) == int(looks * LOOK_PAYS_FOR)

    asyncio.run(test())


def test_a_service_that_hangs_is_asked_by_so_many_at_once_and_the_rest_get_old() -> None:
    async def test() -> None:
        service = Service()
        ahead = RefreshAhead(OLD_S, service.ask)
        names = [str(number) for number in range(MOST_UNDER_WAY + 10)]
        note(ahead, *names)
        await service.asked_for(names[:MOST_UNDER_WAY])
        await asyncio.sleep(AHEAD_S)
        late = set(names[MOST_UNDER_WAY:])
        service.let.set()
        await asyncio.sleep(4 * TOGETHER_S)
        assert late.isdisjoint(service.asked)
        note(ahead, *late)  # the next one who looks
        async with asyncio.timeout(30):
            while not late <= set(service.asked):  # noqa: ASYNC110  # nothing tells of it
                await asyncio.sleep(0.01)

    asyncio.run(test())
