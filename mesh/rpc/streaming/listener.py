"""Waits for what PostgreSQL notifies, on a connection of the thread's own."""

import socket
from contextlib import suppress
from multiprocessing.connection import wait

from django.db import connections
from psycopg import sql

from mesh.db.sessions import own_session


class Listener:
    """Used by one thread, but for `wakeup` and `close`. May raise any error of the database."""

    def __init__(self, channels: set[str]) -> None:
        self._channels = sorted(channels)
        self._listening = False
        self._wakeup_reader, self._wakeup_writer = socket.socketpair()
        self._wakeup_reader.setblocking(False)
        self._wakeup_writer.setblocking(False)

    def listen(self) -> bool:
        """Returns whether it had to start to listen, so that notifications may have been missed."""
        if self._listening:
            return False
        with own_session().cursor() as cursor:
            for channel in self._channels:
                cursor.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        self._listening = True
        return True

    def heard(self, within_s: float | None) -> list[tuple[str, str]]:
        """Returns channel and payload of each notification; waits for one, or for a wakeup."""
        if heard := self._received():
            return heard
        wait([self._wakeup_reader, own_session().connection], within_s)
        self._drain_wakeups()
        return self._received()

    def wakeup(self) -> None:
        """Ends the wait, or the next one; called by any thread."""
        with suppress(BlockingIOError):  # the buffer is full of wakeups
            self._wakeup_writer.send(b"\0")

    def disconnect(self) -> None:
        """Closes the thread's connections; `listen` opens another."""
        self._listening = False
        connections.close_all()

    def close(self) -> None:
        """Frees the sockets; called last, by any thread, after `disconnect`."""
        self._wakeup_writer.close()
        self._wakeup_reader.close()

    def _received(self) -> list[tuple[str, str]]:
        found = own_session().connection.notifies(timeout=0)
        return [(one.channel, one.payload) for one in found]

    def _drain_wakeups(self) -> None:
        with suppress(BlockingIOError):
            self._wakeup_reader.recv(4096)
