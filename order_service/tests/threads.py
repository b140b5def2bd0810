"""Doing things at the same moment, on real threads with connections of their own."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from django.db import connection

from mesh.core.errors import DomainError

WITHIN_S = 20


def at_once(calls: Sequence[Callable[[], object]]) -> list[object]:
    """What each answered or raised, all begun at the same moment."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        try:
            connection.ensure_connection()
            barrier.wait(WITHIN_S)
            return call()
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


@contextmanager
def meanwhile(call: Callable[[], object]) -> Iterator[None]:
    """Runs it on another thread, and waits for its end when the block ends."""
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(_closing, call)
        yield
        running.result(WITHIN_S)


def elsewhere(call: Callable[[], object]) -> None:
    """Runs it to its end on another thread, with a connection of its own."""
    with meanwhile(call):
        pass


def _closing(call: Callable[[], object]) -> None:
    try:
        call()
    finally:
        connection.close()


class Gate:
    """A place where others wait once it is shut, and where one sees that they are there."""

    def __init__(self) -> None:
        self._reached, self._open = threading.Event(), threading.Event()
        self._open.set()

    def shut(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    def pass_through(self) -> None:
        self._reached.set()
        assert self._open.wait(WITHIN_S)

    def wait_until_reached(self) -> None:
        assert self._reached.wait(WITHIN_S)
