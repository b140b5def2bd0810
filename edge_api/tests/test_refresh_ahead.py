"""Which kept responses are asked for again, and how often."""

import asyncio

from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message

from edge_api.gateway.refresh_ahead import AHEAD_S, RefreshAhead
from edge_api.gateway.shared_cache import Key

OLD_S = 1.0  # whatever is so old is due at once


class Service:
    """Answers when it is let."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.let = asyncio.Event()

    async def ask(self, _: Message, key: Key) -> None:
        self.asked.append(key[0])
        await self.let.wait()
        raise RuntimeError("away")

    async def asked_for(self, names: list[str]) -> None:
        async with asyncio.timeout(30):
            while self.asked != names:  # noqa: ASYNC110  # nothing tells of it
                await asyncio.sleep(0.01)


def note(ahead: RefreshAhead, *names: str, age_s: float = OLD_S) -> None:
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
        service.let.set()
        await asyncio.sleep(0)  # the tasks end
        await asyncio.sleep(0)  # and are forgotten
        note(ahead, "a")
        await service.asked_for(["a", "b", "c", "a"])

    asyncio.run(test())


def test_what_is_young_is_asked_for_when_it_is_nearly_too_old() -> None:
    async def test() -> None:
        service, loop = Service(), asyncio.get_running_loop()
        ahead = RefreshAhead(OLD_S, service.ask)
        began = loop.time()
        note(ahead, "young", age_s=0.5)
        note(ahead, "old")
        await service.asked_for(["old", "young"])
        assert loop.time() - began >= OLD_S - AHEAD_S - 0.5

    asyncio.run(test())
