"""The life of a lease, as single statements: acquired, then finished, retried or parked.

Each statement asks for the lease's token, so a worker that lost its lease writes nothing.
"""

import json
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID, uuid4

from django.db import connection

from mesh.db.sql import execute
from mesh.outbox import conf
from mesh.outbox.errors import LeaseLost

# A step is free when it is due, nobody holds it, and all before it in its key are done.
# A step that was tried before is acquired first or not at all: should a step kill its worker
# time and again, then only its own attempts count up.
_ACQUIRE = """
    WITH free AS (
        SELECT id, seq, attempts FROM outbox_step AS step
        WHERE (id = ANY(%(ids)s::uuid[]) OR (key = ANY(%(after)s) AND done_time IS NULL))
            AND state = 'PENDING'
            AND next_at <= now()
            AND (lease_until IS NULL OR lease_until <= now())
            AND seq = (
                SELECT min(seq) FROM outbox_step AS open
                WHERE open.key = step.key AND open.done_time IS NULL
            )
        ORDER BY seq LIMIT %(most)s FOR UPDATE SKIP LOCKED
    ), acquired AS (
        UPDATE outbox_step AS step SET
            attempts = step.attempts + 1,
            lease_token = %(token)s,
            lease_until = now() + make_interval(secs => %(lease_s)s),
            ring_at = now() + make_interval(secs => %(lease_s)s)
        FROM free
        WHERE step.id = free.id
            AND (free.attempts = 0 OR free.seq = (SELECT min(seq) FROM free))
        RETURNING step.*
    )
    SELECT id, kind, key, payload::text, attempts, lease_token AS token, request_id, traceparent
    FROM acquired ORDER BY seq
"""
_FINISH = """
    WITH removed AS (
        DELETE FROM outbox_step
        WHERE id = %s AND lease_token = %s AND state = 'PENDING' AND dedup_key IS NULL
        RETURNING id, kind, key, payload, attempts, request_id, create_time
    ), moved AS (
        INSERT INTO outbox_donestep
            (id, kind, key, payload, attempts, request_id, create_time, done_time)
        SELECT *, clock_timestamp() FROM removed RETURNING id
    ), left_there AS (
        UPDATE outbox_step SET
            state = 'DONE', done_time = clock_timestamp(), last_error = '', ring_at = NULL,
            lease_token = NULL, lease_until = NULL
        WHERE id = %s AND lease_token = %s AND state = 'PENDING' AND dedup_key IS NOT NULL
        RETURNING id
    ), finished AS (SELECT id FROM moved UNION ALL SELECT id FROM left_there)
"""
_RETRY = """
    UPDATE outbox_step SET
        next_at = now() + make_interval(secs => %(delay_s)s),
        ring_at = now() + make_interval(secs => %(delay_s)s),
        attempts = %(attempts)s, last_error = %(error)s,
        lease_token = NULL, lease_until = NULL
    WHERE id = %(id)s AND lease_token = %(token)s AND state = 'PENDING'
"""
_PARK = """
    UPDATE outbox_step SET
        state = 'PARKED', last_error = %(error)s, ring_at = NULL,
        lease_token = NULL, lease_until = NULL
    WHERE id = %(id)s AND lease_token = %(token)s AND state = 'PENDING'
"""


def acquire(ids: Collection[UUID], *, after: Collection[str], most: int) -> list[dict[str, Any]]:
    """Acquires free steps under one token, in order: of `ids`, or the next of the keys `after`."""
    values: dict[str, Any] = {
        "token": uuid4(),
        "lease_s": conf.lease_s(),
        "ids": list(ids),
        "after": list(after),
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ACQUIRE, values)
        names = [column.name for column in cursor.description]
        acquired = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [row | {"payload": json.loads(row["payload"])} for row in acquired]


def finish(step_id: UUID, token: UUID) -> None:
    """Ends a step, as part of the current transaction. Raises LeaseLost."""
    finish_with(step_id, token, "SELECT id FROM finished", ())


def finish_with(step_id: UUID, token: UUID, effect: str, values: Sequence[Any]) -> None:
    """Ends a step and has its one effect in a single statement. Raises LeaseLost.

    `effect` is SQL that changes one row if the table `finished` has a row.
    """
    lease = (step_id, token)
    if execute(f"{_FINISH} {effect}", [*lease, *lease, *values]) == 0:
        raise LeaseLost(f"step {step_id} was taken over")


def retry(step_id: UUID, token: UUID, *, attempts: int, delay_s: float, error: str) -> None:
    """Gives a step back, to be run again after `delay_s`."""
    values = {"attempts": attempts, "delay_s": delay_s, "error": error}
    execute(_RETRY, {"id": step_id, "token": token, **values})


def park(step_id: UUID, token: UUID, *, error: str) -> None:
    """Puts a step aside until an operator replays it."""
    execute(_PARK, {"id": step_id, "token": token, "error": error})
