"""A cheap source of HTTP load: kept connections, a request each at a time, counts by status.

It shares the processors with what it measures, so it does little: of an answer it reads the
status, and looks whether what was asked for is in it.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

import httptools
import uvloop

TICK_S = 0.005
LEAST_WARM_UP_S, MOST_WARM_UP_S = 0.1, 6.0
GOOD = (200, 201)
T = TypeVar("T")


class Question(NamedTuple):
    """A request, and what is in every good answer to it."""

    request: bytes
    wanted: bytes = b""


@dataclass
class Round:
    """What became of the requests of one round. `took_s` is by status, from when each was due."""

    seconds: float
    took_s: dict[int, list[float]] = field(default_factory=dict)
    broken: Counter[str] = field(default_factory=Counter)
    wrong: int = 0  # answers that were not about what was asked for
    behind_s: float = 0.0  # how late we were to send, at most
    cpu_s: float = 0.0

    def taken(self, *statuses: int) -> list[float]:
        return [took_s for status in statuses for took_s in self.took_s.get(status, [])]

    def ended(self) -> int:
        """Returns how many requests were answered, or broke."""
        return sum(map(len, self.took_s.values())) + self.broken.total()

    def good_rate(self, within_s: float) -> float:
        """Good answers in time, a second."""
        return sum(took_s <= within_s for took_s in self.taken(*GOOD)) / self.seconds


Done = Callable[[int, bytes], None]


class Connection(asyncio.Protocol):
    """Sends a request; tells `done` the status and body of the answer, status 0 without one."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []
        self._done: Done | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as TCP's are
        self._transport = transport

    def ask(self, request: bytes, done: Done) -> None:
        assert self._transport is not None
        self._done = done
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, data: bytes) -> None:
        self._body.append(data)

    def on_message_complete(self) -> None:
        body, self._body = b"".join(self._body), []
        self._end(self._parser.get_status_code(), body)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._end(0, b"")

    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def give_up(self) -> None:
        """As a client whose time is up."""
        if self._transport is not None:
            self._transport.abort()

    def _end(self, status: int, body: bytes) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(status, body)


class Load:
    """Asks one edge for one thing. A client gives up after `gives_up_s`, and hangs up.

    Connections are kept, unless `anew`: then each request opens one of its own.
    """

    def __init__(
        self, edge: str, question: Callable[[], Question], gives_up_s: float, *, anew: bool = False
    ) -> None:
        address = urlsplit(edge)
        self._address = address.hostname or "", address.port or 80
        self._question = question
        self._gives_up_s = gives_up_s
        self._anew = anew
        self._free: list[Connection] = []
        self._found = Round(0.0)
        self._stopped = False

    async def closed(self, clients: int, seconds: float) -> Round:
        """So many clients for so long, each of which waits for its answer."""
        found, end = self._begin(seconds), time.perf_counter() + seconds
        await asyncio.gather(*(self._client(end) for _ in range(clients)))
        return self._end(found)

    async def steady(
        self, clients: int, seconds: float, look: Callable[[], T]
    ) -> tuple[Round, T, T]:
        """As `closed`, of which only a window counts, and what `look` saw at both its ends.

        The window begins when there were as many answers as there are clients, and ends before
        they stop. It lasts until there is one answer.
        """
        self._begin(0.0)
        asking = [asyncio.create_task(self._client(float("inf"))) for _ in range(clients)]
        latest = time.perf_counter() + MOST_WARM_UP_S
        await asyncio.sleep(LEAST_WARM_UP_S)
        while self._found.ended() < clients and time.perf_counter() < latest:  # noqa: ASYNC110  # an event would cost each answer
            await asyncio.sleep(TICK_S)
        before, started, found = look(), time.perf_counter(), self._begin(seconds)
        await asyncio.sleep(seconds)
        while not self._found.ended():  # noqa: ASYNC110  # as above
            await asyncio.sleep(TICK_S)
        after, found.seconds = look(), time.perf_counter() - started
        self._end(found)
        self._begin(0.0)
        self._stopped = True
        await asyncio.gather(*asking)
        return found, before, after

    async def _client(self, end: float) -> None:
        while not self._stopped and (now := time.perf_counter()) < end:
            await self._ask(now)

    async def open(self, rate: float, seconds: float) -> Round:
        """So many a second for so long, whatever becomes of them."""
        found, started = self._begin(seconds), time.perf_counter()
        asking = set[asyncio.Task[None]]()
        sent, count = 0, int(rate * seconds)
        while sent < count:
            now = time.perf_counter()
            while sent < count and (due := started + sent / rate) <= now:
                found.behind_s = max(found.behind_s, now - due)
                task = asyncio.create_task(self._ask(due))
                asking.add(task)
                task.add_done_callback(asking.discard)
                sent += 1
            await asyncio.sleep(TICK_S)
        await asyncio.gather(*asking)
        return self._end(found)

    async def answer(self) -> tuple[int, bytes]:
        """Asks once; returns status and body, status 0 where none came in time."""
        connection = await self._connection()
        status, body = await _answer(connection, self._question().request, self._gives_up_s)
        self._keep(connection)
        return status, body

    def close(self) -> None:
        for connection in self._free:
            connection.give_up()

    async def _ask(self, due: float) -> None:
        try:
            connection = await self._connection()
        except OSError as error:
            self._found.broken[type(error).__name__] += 1
            return
        request, wanted = self._question()
        left_s = due + self._gives_up_s - time.perf_counter()
        status, body = await _answer(connection, request, max(0.0, left_s))
        took_s, found = time.perf_counter() - due, self._found
        found.wrong += status in GOOD and wanted not in body
        if status:
            found.took_s.setdefault(status, []).append(took_s)
        else:
            found.broken["gave up" if took_s >= self._gives_up_s else "cut off"] += 1
        self._keep(connection)

    async def _connection(self) -> Connection:
        """The one that was used last."""
        while self._free:
            if (connection := self._free.pop()).is_open():
                return connection
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(Connection, *self._address))[1]

    def _keep(self, connection: Connection) -> None:
        if self._anew:
            connection.give_up()
        elif connection.is_open():
            self._free.append(connection)

    def _begin(self, seconds: float) -> Round:
        self._found = Round(seconds, cpu_s=-time.process_time())
        return self._found

    def _end(self, found: Round) -> Round:
        found.cpu_s += time.process_time()
        return found


async def _answer(connection: Connection, request: bytes, within_s: float) -> tuple[int, bytes]:
    """Returns status and body, status 0 where none came in time."""
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[tuple[int, bytes]] = loop.create_future()

    def done(status: int, body: bytes) -> None:
        if not answered.done():
            answered.set_result((status, body))

    timer = loop.call_later(within_s, connection.give_up)
    connection.ask(request, done)
    found = await answered
    timer.cancel()
    return found


run = uvloop.run
