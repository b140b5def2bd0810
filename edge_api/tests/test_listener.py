"""Processes that share a listening socket: each has as many connections as the others.

Here they are threads with an event loop each; what they count by is shared by processes too.
"""

import asyncio
import errno
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
import uvloop

from edge_api.http import listener as listener_module
from edge_api.http.listener import Listener, Share
from tests.support.waiting import eventually

WITHIN_S = 10.0
MOST = 1000


class Connection(asyncio.Protocol):
    def __init__(self, made: list[asyncio.BaseTransport], on_lost: Callable[[], None]) -> None:
        self._made, self._on_lost = made, on_lost

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._made.append(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._on_lost()


class Process:
    """Accepts on a copy of the socket until it ends."""

    loop: asyncio.AbstractEventLoop

    def __init__(self, listening: socket.socket, share: Share) -> None:
        self.made: list[asyncio.BaseTransport] = []
        self._listener = Listener(listening.dup(), share, MOST)
        self._listens = threading.Event()
        self._thread = threading.Thread(target=uvloop.run, args=(self._run(),), daemon=True)
        self._thread.start()
        self._listens.wait()

    def end(self) -> None:
        self.loop.call_soon_threadsafe(self._ends.set)
        self._thread.join()

    def hang(self) -> Callable[[], None]:
        """Returns what ends it."""
        hangs, goes_on = threading.Event(), threading.Event()

        def block() -> None:
            hangs.set()
            goes_on.wait()

        self.loop.call_soon_threadsafe(block)
        hangs.wait()
        return goes_on.set

    async def _run(self) -> None:
        self.loop, self._ends = asyncio.get_running_loop(), asyncio.Event()
        self._listener.listen(partial(Connection, self.made), lambda: None)
        self._listens.set()
        await self._ends.wait()
        self._listener.close()
        await self._listener.wait_closed()
        for transport in self.made:
            transport.close()


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=512) as opened:
        yield opened


@pytest.fixture
def processes(listening: socket.socket) -> Iterator[list[Process]]:
    begun = [Process(listening, share) for share in Share.of_each(2)]
    yield begun
    for process in begun:
        process.end()


@pytest.fixture
def alone(listening: socket.socket) -> Iterator[Process]:
    """The only process."""
    (share,) = Share.of_each(1)
    process = Process(listening, share)
    yield process
    process.end()


@pytest.fixture
def connect(listening: socket.socket) -> Iterator[Callable[[int], list[socket.socket]]]:
    opened: list[socket.socket] = []

    def connect(count: int) -> list[socket.socket]:
        new = [socket.create_connection(listening.getsockname()) for _ in range(count)]
        opened.extend(new)
        return new

    yield connect
    for each in opened:
        each.close()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a machine that has no time for one of them for a moment makes no difference."""
    monkeypatch.setattr(listener_module, "YIELD_S", 1.0)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("count", [2, 40, 300])
def test_each_has_as_many_as_the_other(
    processes: list[Process], connect: Callable[[int], list[socket.socket]], count: int
) -> None:
    connect(count)
    eventually(lambda: sum(len(process.made) for process in processes) == count, WITHIN_S)
    least = min(len(process.made) for process in processes)
    assert least >= count // 2 - count // 10


@pytest.mark.usefixtures("patient")
def test_who_lost_some_takes_what_comes_next(
    processes: list[Process], connect: Callable[[int], list[socket.socket]]
) -> None:
    first, second = processes
    goes_on = first.hang()
    (lost,) = connect(1)
    eventually(lambda: len(second.made) == 1, WITHIN_S)
    goes_on()
    connect(1)
    eventually(lambda: len(first.made) == 1, WITHIN_S)
    lost.close()
    time.sleep(0.1)
    connect(1)
    eventually(lambda: len(second.made) == 2, WITHIN_S)


def test_what_comes_for_one_that_hangs_is_taken_by_the_other(
    processes: list[Process], connect: Callable[[int], list[socket.socket]]
) -> None:
    goes_on = processes[0].hang()
    try:
        connect(100)
        eventually(lambda: len(processes[1].made) == 100, WITHIN_S)
    finally:
        goes_on()


def test_one_process_takes_all(
    alone: Process, connect: Callable[[int], list[socket.socket]]
) -> None:
    connect(200)
    eventually(lambda: len(alone.made) == 200, WITHIN_S)


def test_it_accepts_again_when_there_are_file_numbers_again(
    listening: socket.socket,
    connect: Callable[[int], list[socket.socket]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listener_module, "RETRY_S", 0.05)

    class Exhausted:
        """A listening socket of a process without a file number to spare, at first."""

        def __init__(self) -> None:
            self.refusals = 3

        def __getattr__(self, name: str) -> object:
            return getattr(listening, name)

        def accept(self) -> object:
            if self.refusals:
                self.refusals -= 1
                raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
            return listening.accept()

        def dup(self) -> "Exhausted":
            return self

    (share,) = Share.of_each(1)
    exhausted = Exhausted()
    process = Process(exhausted, share)  # type: ignore[arg-type]  # as far as it is asked
    connect(1)
    eventually(lambda: len(process.made) == 1, WITHIN_S)
    assert exhausted.refusals == 0
    process.end()


FILES_RAISED = """
import resource
from edge_api.http.listener import most_connections

resource.setrlimit(resource.RLIMIT_NOFILE, (100, {hard}))
print(most_connections(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(("hard", "said"), [(1000, "750 1000"), (9000, "6000 8000")])
def test_it_may_open_files_for_as_many_as_are_kept(hard: int, said: str) -> None:
    """A shell gives 1,024, of which clients that keep theirs soon have all."""
    command = [sys.executable, "-c", FILES_RAISED.format(hard=hard)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == said


def test_processes_share_what_they_count() -> None:
    first, second = Share.of_each(2)
    if not (pid := os.fork()):
        second.add(3)
        os._exit(0)
    os.waitpid(pid, 0)
    assert first.lacking(1) == 2
    second.begin()
    assert first.lacking(1) == 1


def test_responses_are_not_held_back(
    alone: Process, connect: Callable[[int], list[socket.socket]]
) -> None:
    """As those of asyncio's and uvloop's own servers are not: TCP_NODELAY."""
    connect(1)
    eventually(lambda: len(alone.made) == 1, WITHIN_S)
    accepted = alone.made[0].get_extra_info("socket")
    assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
