"""Shared by tests of steps: enqueueing, a queue that only records, and a movable clock."""

import threading
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from mesh.outbox.actions import enqueue
from mesh.outbox.models import DoneStep, Step
from mesh.outbox.relay import enqueue_due
from mesh.outbox.runner import run_steps
from mesh.tests.toy.models import Note


class RecordingQueue:
    """Records the ids that are enqueued; can behave as a queue that is full or unavailable."""

    def __init__(self) -> None:
        self.enqueued: list[UUID] = []
        self.room = True
        self.away = False
        self.heard = threading.Event()

    def has_room(self) -> bool:
        return self.room

    def enqueue(self, ids: Sequence[UUID]) -> None:
        if self.away:
            raise ConnectionError("no queue")
        self.enqueued += ids
        self.heard.set()


def enqueue_one(kind: str = "note", payload: Any = "", *, key: str = "key", **options: Any) -> Step:
    """Enqueues one step in a transaction of its own."""
    with transaction.atomic():
        enqueue(kind, payload, key=key, **options)
    return Step.objects.latest("seq")


def run_due() -> int:
    """Enqueues due steps once and runs them, as relay and worker would."""
    queue = RecordingQueue()
    enqueue_due(queue)
    return run_steps(queue.enqueued)


def let_pass(seconds: float) -> None:
    """Moves every time of every step back, which is as if time had passed."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE outbox_step SET
                next_at = next_at - make_interval(secs => %(s)s),
                ring_at = ring_at - make_interval(secs => %(s)s),
                lease_until = lease_until - make_interval(secs => %(s)s),
                done_time = done_time - make_interval(secs => %(s)s)
            """,
            {"s": seconds},
        )
        cursor.execute(
            "UPDATE outbox_donestep SET done_time = done_time - make_interval(secs => %(s)s)",
            {"s": seconds},
        )


def is_done(step: Step) -> bool:
    done, left = (model.objects.filter(id=step.id).exists() for model in (DoneStep, Step))
    return done and not left


def notes() -> list[str]:
    return list(Note.objects.order_by("id").values_list("text", flat=True))
