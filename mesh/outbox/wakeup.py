"""Wakes idle relays after commits, by one thread of the process for many commits.

A transaction that notifies takes a lock of the whole cluster until its commit is on disk, so
that such commits would follow one another (PostgreSQL, `PreCommit_Notify`). A notification
that is lost with its process costs a step at most the second after which a relay looks again.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import connection, transaction

from mesh.core.errors import described
from mesh.db.sql import execute
from mesh.outbox import conf

# Nothing is lost with this commit that waiting for the disk would keep.
_NOTIFY = "SELECT set_config('synchronous_commit', 'off', true), pg_notify(%s, '')"
AFTER_ERROR_S = 1.0

log = structlog.get_logger("outbox")
_due = threading.Event()


def wake_on_commit() -> None:
    """Wakes a relay once the current transaction has committed, where `waking_relays` runs."""
    transaction.on_commit(_due.set)


@contextmanager
def waking_relays() -> Iterator[None]:
    """Runs the thread that notifies."""
    stopping = threading.Event()
    thread = threading.Thread(target=_notify_until, args=[stopping], name="wakeup", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        _due.set()
        thread.join(AFTER_ERROR_S)


def _notify_until(stopping: threading.Event) -> None:
    while _due.wait() and not stopping.is_set():
        _due.clear()
        try:
            execute(_NOTIFY, [conf.CHANNEL])
        except Exception as error:  # noqa: BLE001  # whatever the database does
            log.warning("wakeup_failed", error=described(error))
            connection.close()
            stopping.wait(AFTER_ERROR_S)
    connection.close()
