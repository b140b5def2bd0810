"""The relay: enqueues the ids of steps that are due until the steps are done.

Any number of relays share the work. A relay that dies takes nothing with it, as all that it
knows is in the database. It outlives the database and the queue being away.
"""

import threading
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

import structlog
from django.db import connections

from mesh.core.errors import described
from mesh.core.failpoints import failpoint
from mesh.db.sessions import own_session
from mesh.db.sql import execute, row, rows
from mesh.outbox import conf
from mesh.outbox.periodic import PeriodicJobs
from mesh.telemetry.metrics import READY

log = structlog.get_logger("outbox")

BATCH = 200
# A notification wakes a relay at once; this bounds what a lost notification can cost.
IDLE_S = 1.0
QUEUE_FULL_S = 0.1
AFTER_ERROR_S = 1.0

# Pushes `ring_at` on before the message is sent, so that two relays do not enqueue the same
# step. A step that waits for another of its key is only pushed on: the worker that ends the
# other one runs it next.
_DUE = """
    WITH due AS (
        SELECT id, seq, seq = (
            SELECT min(seq) FROM outbox_step AS open
            WHERE open.key = step.key AND open.done_time IS NULL
        ) AS free
        FROM outbox_step AS step
        WHERE ring_at <= now()
        ORDER BY ring_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED
    )
    UPDATE outbox_step AS step
    SET ring_at = now() + LEAST(
        GREATEST(now() - step.next_at, make_interval(secs => %(again_s)s)),
        make_interval(secs => %(again_most_s)s)
    )
    FROM due WHERE step.id = due.id
    RETURNING step.id, due.seq, due.free
"""
_NEXT_DUE_S = """
    SELECT EXTRACT(EPOCH FROM min(ring_at) - clock_timestamp())::float8
    FROM outbox_step WHERE ring_at IS NOT NULL
"""
_ENQUEUE_AGAIN = "UPDATE outbox_step SET ring_at = now() WHERE id = ANY(%s) AND ring_at IS NOT NULL"


class Queue(Protocol):
    """The queue that wakes the workers."""

    def has_room(self) -> bool:
        """Returns whether the workers keep up, so that more messages would not only pile up."""

    def enqueue(self, ids: Sequence[UUID]) -> None:
        """Sends the ids of steps to the workers. Raises when the queue is away."""


def relay(queue: Queue, stopping: threading.Event) -> None:
    """Enqueues due steps, and runs the periodic jobs, until `stopping` is set and IDLE_S more."""
    periodic = PeriodicJobs()
    while not stopping.is_set():
        try:
            with own_session().cursor() as cursor:
                cursor.execute(f"LISTEN {conf.CHANNEL}")
            READY.labels("relay").set(True)
            while not stopping.is_set():
                periodic.run_when_due()
                _wait(enqueue_due(queue))
        except Exception as error:  # noqa: BLE001  # it must outlive every engine
            READY.labels("relay").set(False)
            log.warning("relay_interrupted", error=described(error))
            connections.close_all()
            stopping.wait(AFTER_ERROR_S)
    connections.close_all()


def enqueue_due(queue: Queue) -> float:
    """Enqueues one batch of due steps. Returns after how many seconds to look again."""
    if not queue.has_room():
        return QUEUE_FULL_S
    values = {
        "batch": BATCH,
        "again_s": conf.ENQUEUE_AGAIN_S,
        "again_most_s": conf.ENQUEUE_AGAIN_MOST_S,
    }
    due = sorted(rows(_DUE, values), key=lambda row: row[1])
    ids = [step_id for step_id, _, free in due if free]
    if ids:
        failpoint("relay.claimed")
        _enqueue(queue, ids)
    return 0.0 if len(due) == BATCH else _next_due_s()


def _enqueue(queue: Queue, ids: Sequence[UUID]) -> None:
    try:
        queue.enqueue(ids)
    except Exception:
        execute(_ENQUEUE_AGAIN, [list(ids)])
        raise


def _next_due_s() -> float:
    (seconds,) = row(_NEXT_DUE_S)
    return IDLE_S if seconds is None else min(max(seconds, 0.0), IDLE_S)


def _wait(seconds: float) -> None:
    """Waits for `seconds`, or until a step is enqueued.

    psycopg keeps the notifications that came while nobody waited, and they end the wait at once.
    """
    if seconds > 0:
        for _ in own_session().connection.notifies(timeout=seconds, stop_after=1):
            pass
