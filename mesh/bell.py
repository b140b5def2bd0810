"""The bell that wakes a service's workers: Celery messages that carry ids of steps."""

from collections.abc import Sequence
from uuid import UUID

from celery import Celery

from mesh.telemetry import tracing
from mesh.telemetry.spans import Kind, NoSpan

RUN_STEPS = "outbox.run_steps"
# With so many bells unanswered the workers are behind; more would only pile up, and the
# steps are as safe in the database.
QUEUE_ROOM = 30
# A bell names several steps when many are due, as a message costs more than a short step;
# few enough that a slow step does not keep many waiting.
IDS_PER_BELL = 20
BELLS_AT_ONCE = 8


class CeleryBell:
    """Rings through the app's broker; raises what it raises when that is away."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._queue: str = app.conf.task_default_queue

    def has_room(self) -> bool:
        with self._app.pool.acquire(block=True) as connection:
            return bool(connection.default_channel.client.llen(self._queue) < QUEUE_ROOM)

    def ring(self, ids: Sequence[UUID]) -> None:
        size = min(IDS_PER_BELL, -(-len(ids) // BELLS_AT_ONCE))
        with (
            bell_span("send", self._queue, Kind.PRODUCER),
            self._app.producer_pool.acquire(block=True) as producer,
        ):
            headers = {"traceparent": tracing.traceparent()}
            for start in range(0, len(ids), size):
                named = [str(step_id) for step_id in ids[start : start + size]]
                self._app.send_task(
                    RUN_STEPS, args=[named], headers=headers, producer=producer, retry=False
                )


def bell_span(operation: str, queue: str, kind: Kind, parent: str = "") -> NoSpan:
    """Bells make traces of their own, as one names steps of many; each step links to its."""
    attributes = {
        "messaging.system": "celery",
        "messaging.operation.type": operation,
        "messaging.operation.name": RUN_STEPS,
        "messaging.destination.name": queue,
    }
    return tracing.span(f"{operation} {queue}", kind, attributes, parent=parent)
