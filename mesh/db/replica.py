"""Reads of a replica: connections that one thread keeps, and how old what each shows is.

A read takes a connection and gives it back. It never waits for one to be opened, and for an answer
no longer than ANSWERS_WITHIN_S, so that a replica which ends, or hangs, or is cut off, costs a read
no more than that. See decision 0035.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

import structlog
from django.db import DEFAULT_DB_ALIAS, Error, close_old_connections, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from mesh.db import positions
from mesh.db.positions import UNKNOWN, Marks

ALIAS = "replica"
LOOKS_EVERY_S = 0.25
ANSWERS_WITHIN_S = 0.5
CONNECTS_EVERY_S = 1.0

log = structlog.get_logger("database")


class NotShown(Exception):
    """The replica does not show what is asked for."""


class Away(NotShown):
    """No connection to it works, or is free."""


class Behind(NotShown):
    """What it shows is too old, or may be."""


class _Link:
    """A connection, and the last moment of which what it shows lacks nothing."""

    def __init__(self, wrapper: BaseDatabaseWrapper) -> None:
        self.wrapper = wrapper
        self.complete_to = UNKNOWN


class Replica:
    """The replica of the service's database, from `start` to `stop`."""

    def __init__(
        self,
        links: int,
        clock: Callable[[], float] = time.monotonic,
        answers_within_s: float = ANSWERS_WITHIN_S,
    ) -> None:
        self._wanted = links
        self._answers_within_s = answers_within_s
        self._clock = clock
        self._marks = Marks()
        self._idle: SimpleQueue[_Link] = SimpleQueue()
        self._links: set[_Link] = set()
        self._complete_to = UNKNOWN
        self._connect_at = 0.0
        self._answers = True
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="replica", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Closes every connection; a repeat changes nothing."""
        self._stopped.set()
        self._thread.join()

    def close(self) -> None:
        """Closes what `look` opened, where no thread does."""
        for link in list(self._links):
            self._drop(link)

    def age_s(self) -> float:
        """Returns how old what it shows is at most, by the last look; infinite before one."""
        return self._clock() - self._complete_to

    @contextmanager
    def reading(self, max_age_s: float) -> Iterator[float]:
        """Has all that this thread asks its database go to the replica, inside the `with`.

        Yields how old what it shows is at most, in seconds, which is less than `max_age_s`. Raises
        NotShown before anything is asked, and what the database raises; a write is refused there.
        """
        link, age_s = self._take(max_age_s)
        primary = connections[DEFAULT_DB_ALIAS]
        connections[DEFAULT_DB_ALIAS] = link.wrapper
        try:
            yield age_s
        except Error:
            self._drop(link)
            raise
        finally:
            connections[DEFAULT_DB_ALIAS] = primary
            if link in self._links:
                self._idle.put(link)

    def _take(self, max_age_s: float) -> tuple[_Link, float]:
        found = False
        for _ in range(self._wanted):
            try:
                link = self._idle.get_nowait()
            except Empty:
                break
            age_s = self._clock() - link.complete_to
            if age_s < max_age_s:
                return link, age_s
            self._idle.put(link)
            found = True
        raise Behind if found else Away

    def _drop(self, link: _Link) -> None:
        self._links.discard(link)
        with suppress(Error):
            link.wrapper.close()

    def _run(self) -> None:
        try:
            while not self._stopped.wait(LOOKS_EVERY_S):
                close_old_connections()
                self.look()
        finally:
            self.close()
            connections.close_all()

    def look(self) -> None:
        """Finds out how old what each idle connection shows is, and opens those that are wanted."""
        now = self._clock()
        try:
            self._marks.add(now, positions.of_primary(connection))
        except Error:  # nothing is known then, and what is shown grows old
            connection.close()  # which may be to a primary that was demoted
            return
        for _ in range(self._wanted):
            try:
                link = self._idle.get_nowait()
            except Empty:
                break
            self._look_at(link)
        if len(self._links) < self._wanted and now >= self._connect_at:
            self._connect_at = now + CONNECTS_EVERY_S
            while len(self._links) < self._wanted and self._connect():
                pass
            self._tell()

    def _look_at(self, link: _Link) -> None:
        try:
            position = positions.of_standby(link.wrapper)
        except Error:
            position = None
        if position is None:
            self._drop(link)
            return
        link.complete_to = max(link.complete_to, self._marks.complete_to(position))
        self._complete_to = max(self._complete_to, link.complete_to)
        self._idle.put(link)

    def _connect(self) -> bool:
        """Returns whether there is a connection more."""
        wrapper = unopened()
        wrapper.inc_thread_sharing()  # whoever takes the link has it alone
        try:
            wrapper.ensure_connection()
        except Error:
            return False
        answers: Any = wrapper.connection
        answers.wait = partial(answers.wait, timeout=self._answers_within_s)
        link = _Link(wrapper)
        self._links.add(link)
        self._look_at(link)
        return link in self._links

    def _tell(self) -> None:
        answers = bool(self._links)
        if answers != self._answers:
            self._answers = answers
            log.warning("replica_back" if answers else "replica_away")


def is_set() -> bool:
    return ALIAS in connections.settings


def unopened() -> BaseDatabaseWrapper:
    """Returns a new connection to the replica, which can take the place of the thread's own."""
    made = connections.create_connection(ALIAS)
    made.alias = DEFAULT_DB_ALIAS
    return made
