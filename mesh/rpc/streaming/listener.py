"""Waits for what PostgreSQL notifies, on the thread's own database connection."""

import socket
from contextlib import suppress
from multiprocessing.connection import wait

from django.db import connection
from psycopg import sql


class Listener:
    """Used by one thread, but for `wakeup` and `close`. May raise any error of the database."""

    def __init__(self, channels: set[str]) -> None:
        self._channels = sorted(channels)
        self._listening = False
        self._nudged, self._nudge = socket.socketpair()
        self._nudged.setblocking(False)
        self._nudge.setblocking(False)

    def listen(self) -> bool:
        """Be listening; whether it was not, so that notifications may have been missed."""
        if self._listening:
            return False
        with connection.cursor() as cursor:
            for channel in self._channels:
                cursor.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        self._listening = True
        return True

    def heard(self, within_s: float | None) -> list[tuple[str, str]]:
        """Channel and payload of what was notified; waits for it, or for a wakeup."""
        if heard := self._received():
            return heard
        wait([self._nudged, connection.connection], within_s)
        self._drain_wakeups()
        return self._received()

    def wakeup(self) -> None:
        """End the wait, or the next one; called by any thread."""
        with suppress(BlockingIOError):  # so many wait that one more says nothing
            self._nudge.send(b"\0")

    def disconnect(self) -> None:
        """Give the thread's connection up; `listen` opens another."""
        self._listening = False
        connection.close()

    def close(self) -> None:
        """The last call, by any thread, once the one that listened has disconnected."""
        self._nudge.close()
        self._nudged.close()

    def _received(self) -> list[tuple[str, str]]:
        found = connection.connection.notifies(timeout=0)
        return [(one.channel, one.payload) for one in found]

    def _drain_wakeups(self) -> None:
        with suppress(BlockingIOError):
            self._nudged.recv(4096)
