"""A cheap source of HTTP load: kept connections, a request each at a time, counts by status.

It shares the processors with what it measures, so it does little: requests are made
beforehand, of an answer only status and length are read.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import uvloop

TICK_S = 0.005
MOST_CONNECTIONS = 4096


@dataclass
class Round:
    """What became of the requests of one round. `took_s` is by status, from when each was due."""

    seconds: float
    took_s: dict[int, list[float]] = field(default_factory=dict)
    broken: Counter[str] = field(default_factory=Counter)
    behind_s: float = 0.0  # how late we were to send, at most
    cpu_s: float = 0.0

    def taken(self, *statuses: int) -> list[float]:
        return [took_s for status in statuses for took_s in self.took_s.get(status, [])]

    def good_rate(self, within_s: float) -> float:
        """Good answers in time, a second."""
        return sum(took_s <= within_s for took_s in self.taken(200, 201)) / self.seconds


class Connection(asyncio.Protocol):
    """Sends a request, and says by `done` with which status it was answered; 0: not at all."""

    def __init__(self) -> None:
        self._buffer = b""
        self._done: Callable[[Connection, int], None] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as TCP's are
        self._transport = transport

    def ask(self, request: bytes, done: Callable[["Connection", int], None]) -> None:
        assert self._transport is not None
        self._done = done
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, body = self._buffer.partition(b"\r\n\r\n")
        if end and len(body) >= int(head.partition(b"content-length: ")[2].split(b"\r\n", 1)[0]):
            self._buffer = b""
            self._end(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._end(0)

    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def give_up(self) -> None:
        """As a client whose time is up."""
        if self._transport is not None:
            self._transport.abort()

    def _end(self, status: int) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(self, status)


class Load:
    """Asks one edge for one thing. A client gives up after `gives_up_s`, and hangs up.

    Connections are kept, unless `anew`: then each request opens one of its own.
    """

    def __init__(
        self, edge: str, question: Callable[[], bytes], gives_up_s: float, *, anew: bool = False
    ) -> None:
        address = urlsplit(edge)
        self._address = address.hostname or "", address.port or 80
        self._question = question
        self._gives_up_s = gives_up_s
        self._anew = anew
        self._free: list[Connection] = []

    async def closed(self, clients: int, seconds: float) -> Round:
        """So many clients for so long, each of which waits for its answer."""
        found, end = self._begun(seconds), time.perf_counter() + seconds

        async def client() -> None:
            while (now := time.perf_counter()) < end:
                await self._ask(now, found)

        await asyncio.gather(*(client() for _ in range(clients)))
        return self._ended(found)

    async def open(self, rate: float, seconds: float) -> Round:
        """So many a second for so long, whatever becomes of them."""
        found, started = self._begun(seconds), time.perf_counter()
        asking = set[asyncio.Task[None]]()
        sent, count = 0, int(rate * seconds)
        while sent < count:
            now = time.perf_counter()
            while sent < count and (due := started + sent / rate) <= now:
                found.behind_s = max(found.behind_s, now - due)
                task = asyncio.create_task(self._ask(due, found))
                asking.add(task)
                task.add_done_callback(asking.discard)
                sent += 1
            await asyncio.sleep(TICK_S)
        await asyncio.gather(*asking)
        return self._ended(found)

    async def _ask(self, due: float, found: Round) -> None:
        loop = asyncio.get_running_loop()
        try:
            connection = await self._connection()
        except OSError as error:
            found.broken[type(error).__name__] += 1
            return
        answered: asyncio.Future[int] = loop.create_future()

        def done(connection: Connection, status: int) -> None:
            if not answered.done():
                answered.set_result(status)

        left_s = due + self._gives_up_s - time.perf_counter()
        timer = loop.call_later(max(0.0, left_s), connection.give_up)
        connection.ask(self._question(), done)
        status = await answered
        timer.cancel()
        took_s = time.perf_counter() - due
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

    def _begun(self, seconds: float) -> Round:
        return Round(seconds, cpu_s=-time.process_time())

    def _ended(self, found: Round) -> Round:
        found.cpu_s += time.process_time()
        return found


run = uvloop.run
