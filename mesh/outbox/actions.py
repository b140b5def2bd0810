"""Writing steps: enqueueing, replaying and pruning them."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from psycopg.types.json import Jsonb

from mesh import context
from mesh.core.ids import uuid7
from mesh.db import partitions
from mesh.db.pruning import delete_batches
from mesh.db.sql import execute
from mesh.outbox import conf
from mesh.outbox.errors import NotInTransaction
from mesh.outbox.models import Step
from mesh.outbox.wakeup import wake_on_commit
from mesh.telemetry import tracing

# One round trip. The lock on the key is held until commit: it makes the order of `seq`
# within a key the order of commits, so that no step can appear before one that ran.
_RECORD = """
    WITH locked AS MATERIALIZED (
        SELECT pg_advisory_xact_lock(hashtextextended('outbox ' || %(step_key)s, 0))
    )
    INSERT INTO outbox_step
        (id, kind, key, payload, dedup_key, next_at, ring_at, request_id, traceparent)
    SELECT %(step_id)s, %(step_kind)s, %(step_key)s, %(step_payload)s, %(dedup_key)s, due, due,
        %(step_request_id)s, %(step_traceparent)s
    FROM locked, make_interval(secs => %(delay_s)s) AS delay,
        LATERAL (SELECT clock_timestamp() + delay AS due) AS at
    ON CONFLICT (dedup_key) DO NOTHING
"""
# For a statement of a service's own that writes steps beside its effects: followed by `FROM` and
# what has a row, with the columns selected, for each effect that takes place. It takes no lock: it
# is for the first step of a key, which nobody else knows yet. `wake_on_commit` belongs to it.
INSERT_FIRST_STEPS = """
    INSERT INTO outbox_step (id, kind, key, payload, request_id, traceparent)
    SELECT step_id, %(step_kind)s, step_key, step_payload, step_request_id, step_traceparent
"""


def enqueue(
    kind: str,
    payload: Any,
    *,
    key: str,
    dedup_key: str | None = None,
    delay_s: float = 0,
) -> None:
    """Writes a step that is to be run once the current transaction has committed.

    `payload` is JSON and holds ids, not personal data. A repeat of a `dedup_key` changes
    nothing, for as long as the first is kept. A transaction locks each key it enqueues for
    until it ends, so bulk work commits every thousand keys or so. Raises NotInTransaction.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction(f"step {kind!r} was enqueued outside a transaction")
    call = context.current()
    values = {
        "step_id": uuid7(),
        "step_kind": kind,
        "step_key": key,
        "step_payload": Jsonb(payload),
        "step_request_id": call.request_id if call else "",
        "step_traceparent": tracing.traceparent(),
        "dedup_key": dedup_key,
        "delay_s": delay_s,
    }
    execute(_RECORD, values)
    wake_on_commit()


@transaction.atomic
def replay(*, ids: Collection[UUID] | None = None, kind: str | None = None) -> int:
    """Makes parked steps due now, as if they had never been tried. Returns how many.

    Without ids or a kind: all of them.
    """
    steps = Step.objects.filter(state=Step.State.PARKED)
    if ids is not None:
        steps = steps.filter(id__in=ids)
    if kind is not None:
        steps = steps.filter(kind=kind)
    return _make_due(steps)


@transaction.atomic
def retry_now(*, key: str) -> None:
    """Makes the open steps of a key due now, parked ones too, as if they had never been tried.

    Callers use it when what the steps wait for does not matter any more. A step that is being
    run is neither touched nor waited for.
    """
    waiting = Step.objects.filter(key=key, done_time__isnull=True, lease_token__isnull=True)
    locked = waiting.select_for_update(skip_locked=True).values_list("id", flat=True)
    _make_due(Step.objects.filter(id__in=list(locked)))


def _make_due(steps: QuerySet[Step]) -> int:
    due = steps.update(
        state=Step.State.PENDING, attempts=0, last_error="", next_at=Now(), ring_at=Now()
    )
    wake_on_commit()
    return due


def prune() -> int:
    """Deletes or drops steps done long ago, and makes room for those to come.

    Returns how many rows and partitions.
    """
    keep = timedelta(days=conf.keep_done_days())
    old = Step.objects.filter(done_time__lt=Now() - keep).order_by("done_time")
    return delete_batches(old) + partitions.roll(conf.DONE_STEPS, column="done_time", keep=keep)
