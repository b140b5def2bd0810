"""Migrations give way to what is served: who gets no lock soon gives up, and tries again.

A statement that waits for a table has everybody wait who comes after it. The gate
`tools.migrations` sees to it that one that has its lock is short.
"""

import re
import time
from collections.abc import Callable
from typing import Any

from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable
from psycopg.pq import TransactionStatus

from mesh.core.errors import StartRefused

LOCK_TIMEOUT_S = 2.0
TRIES = 10
PAUSE_S = 3.0
# They take long on a large table, and hold up neither reads nor writes meanwhile.
_HOLDS_UP_NOBODY = re.compile(r"\b(CONCURRENTLY|VALIDATE\s+CONSTRAINT)\b", re.IGNORECASE)


def give_way(migrate: Callable[[], None]) -> None:
    """Runs `migrate` until it has got all locks; what it has migrated by then stays.

    Raises StartRefused when it was kept from a table TRIES times.
    """
    connection.ensure_connection()
    _set_timeouts(connection.connection)
    with connection.execute_wrapper(_take_time):
        for left in reversed(range(TRIES)):
            try:
                return migrate()
            except OperationalError as error:
                if not isinstance(error.__cause__, LockNotAvailable):
                    raise
                if not left:
                    raise StartRefused(
                        f"another session held a table through {TRIES} tries to migrate it;"
                        " end that session (pg_locks and pg_stat_activity name it), then try again"
                    ) from error
            time.sleep(PAUSE_S)


def _take_time(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    if not _HOLDS_UP_NOBODY.search(str(sql)):
        return execute(sql, params, many, context)
    raw = context["connection"].connection
    raw.execute("SET lock_timeout = 0")
    raw.execute("SET statement_timeout = 0")
    try:
        return execute(sql, params, many, context)
    finally:
        # A transaction that failed takes back what was set in it.
        if raw.info.transaction_status != TransactionStatus.INERROR:
            _set_timeouts(raw)


def _set_timeouts(raw: Any) -> None:
    """Sets how long a statement may wait for locks; and run, as those of requests."""
    raw.execute(f"SET lock_timeout = {int(LOCK_TIMEOUT_S * 1000)}")
    raw.execute("RESET statement_timeout")
