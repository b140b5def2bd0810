"""Accepts connections, so that each process that shares the listening socket has as many open.

The kernel tells all of them of a connection, and the first one takes it. Left to that, one of two
had 30 of 32, and a request took a quarter more of the processors: docs/decisions/0008-edge.md.
Source: nginx, `ngx_accept_disabled`; Envoy, `ExactBalance`.
"""

import asyncio
import mmap
import resource
import socket
from collections.abc import Callable
from functools import partial
from struct import Struct

import structlog

ACCEPTED_AT_ONCE = 8
# A process opens so many files, where it can, and three quarters of them are connections: from then
# on those that have been idle for longest make room, as nginx's do. An idle one takes 12 KB.
FILES = 8000
# For so long a process that has its share lets others go first, and looks so often whether it has.
YIELD_S, LOOKED_AT_EVERY_S = 0.02, 0.002
# As asyncio does where there are no more file numbers.
RETRY_S = 1.0

# `tcpi_unacked`: of a listening socket, how many connections wait. Source: Linux, tcp_get_info().
_UNACKED = Struct("=I")
_OFFSET, _BYTES = 24, 28
_TCP_INFO: int | None = getattr(socket, "TCP_INFO", None)

# Makes the protocol of a connection, which is to call what it is given once that is lost.
Connection = Callable[[Callable[[], None]], asyncio.BaseProtocol]

log = structlog.get_logger("edge")


class Share:
    """How many connections one process has open, and how many those beside it have."""

    def __init__(self, counts: "memoryview[int]", own: int) -> None:
        self._counts, self._own = counts, own

    @classmethod
    def of_each(cls, processes: int) -> "list[Share]":
        """Returns those of so many processes, which are to be forked, in memory that they share."""
        counts = memoryview(mmap.mmap(-1, 8 * processes)).cast("q")
        return [cls(counts, own) for own in range(processes)]

    def begin(self) -> None:
        """Begins with none, also where a process that ended had some."""
        self._counts[self._own] = 0

    def add(self, connections: int) -> None:
        self._counts[self._own] += connections

    def own(self) -> int:
        """Returns how many this process has open."""
        return self._counts[self._own]

    def lacking(self, waiting: int) -> int:
        """Returns how many of those that wait are this process's; below 1 when it has enough."""
        total = sum(self._counts) + waiting
        return -(-total // len(self._counts)) - self.own()

    def part(self, waiting: int) -> int:
        """Returns how many to take where no other process takes them."""
        return -(-waiting // len(self._counts))


class Listener:
    """Accepts the connections of one process; for its event loop, once it listens.

    uvloop by itself accepts one connection each time round the loop (libuv #3696), so that under
    load they wait in the kernel, are dropped there, and are tried again by clients seconds later.
    """

    def __init__(self, listening: socket.socket, share: Share, most: int) -> None:
        self._listening, self._share, self._most = listening, share, most
        self._opening: set[asyncio.Task[None]] = set()
        self._paused: asyncio.TimerHandle | None = None
        self._yields_until = 0.0

    def listen(self, connection: Connection, make_room: Callable[[], None]) -> None:
        """Serves each with what `connection` makes; where too many are open, makes room first."""
        self._connection, self._make_room = connection, make_room
        self._loop = asyncio.get_running_loop()
        self._listening.setblocking(False)
        self._share.begin()
        self._loop.add_reader(self._listening, self._ready)

    def close(self) -> None:
        self._loop.remove_reader(self._listening)
        if self._paused is not None:
            self._paused.cancel()
        self._listening.close()

    async def wait_closed(self) -> None:
        """Waits until what was accepted is open; connections go on without it."""
        if self._opening:
            await asyncio.wait(self._opening)

    def _ready(self) -> None:
        if (lacking := self._share.lacking(_waiting(self._listening))) > 0:
            self._accept(lacking)
        else:
            self._yields_until = self._loop.time() + YIELD_S
            self._pause(LOOKED_AT_EVERY_S)

    def _pause(self, seconds: float) -> None:
        self._loop.remove_reader(self._listening)
        self._paused = self._loop.call_later(seconds, self._resume)

    def _resume(self) -> None:
        waiting = _waiting(self._listening)
        lacking = self._share.lacking(waiting)
        if lacking < 1 and self._loop.time() < self._yields_until:
            self._paused = self._loop.call_later(LOOKED_AT_EVERY_S, self._resume)
            return
        self._paused = None
        self._loop.add_reader(self._listening, self._ready)
        # What nobody took meanwhile, the others are too busy for, or they hang.
        self._accept(max(lacking, self._share.part(waiting)))

    def _accept(self, most: int) -> None:
        for _ in range(min(most, ACCEPTED_AT_ONCE)):
            try:
                accepted, _ = self._listening.accept()
            except (BlockingIOError, ConnectionAbortedError, InterruptedError):
                return
            except OSError as error:
                log.warning("no connection can be accepted", error=str(error))
                self._pause(RETRY_S)
                return
            if self._share.own() >= self._most:
                self._make_room()
            self._share.add(1)
            opening = self._loop.create_task(self._open(accepted))
            self._opening.add(opening)
            opening.add_done_callback(self._opening.discard)

    async def _open(self, accepted: socket.socket) -> None:
        accepted.setblocking(False)
        try:
            await self._loop.connect_accepted_socket(
                partial(self._connection, self._lost), accepted
            )
        except OSError:  # it is gone already
            accepted.close()
            self._lost()

    def _lost(self) -> None:
        self._share.add(-1)


def most_connections() -> int:
    """Returns how many connections this process may have open; gives it the files for as many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    return files * 3 // 4


def _waiting(listening: socket.socket) -> int:
    """Returns how many connections wait; 1 where the kernel does not tell, or none."""
    if _TCP_INFO is None:
        return 1
    info = listening.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _BYTES)
    waiting: int = _UNACKED.unpack_from(info, _OFFSET)[0]
    return max(1, waiting)
