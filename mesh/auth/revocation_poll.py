"""Keeps a process's copy of the list of revoked tokens fresh, by a thread of its own.

While the list can't be read the copy is kept: tokens live five minutes at most.
"""

import threading

from django.db import close_old_connections, connections

from mesh.auth.revocations import POLL_S, ListRevoked, Page, Revocations
from mesh.core.errors import described


class RevocationPoll:
    """Reads every second from `start` to `stop`, on a thread of its own. No call waits for it."""

    def __init__(self, revocations: Revocations, list_revoked: ListRevoked) -> None:
        self._revocations = revocations
        self._list_revoked = list_revoked
        self._reading = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        # Made here, as no thread made before a fork can be started after it. Source: CPython 3.13.
        self._thread = threading.Thread(target=self._run, name="revocations", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread, if it was started; a repeat changes nothing."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def read(self) -> None:
        """Takes what was added to the list, if it can be read."""
        with self._reading:
            try:
                while self._take().more:
                    pass
            except Exception as error:  # noqa: BLE001  # the thread outlives whatever happens
                self._revocations.miss(described(error))

    def _take(self) -> Page:
        page = self._list_revoked(self._revocations.sync_token)
        self._revocations.take(page)
        return page

    def _run(self) -> None:
        try:
            while not self._stopped.is_set():
                close_old_connections()
                self.read()
                self._stopped.wait(POLL_S)
        finally:
            connections.close_all()
