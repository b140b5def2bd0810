"""Enqueues many steps at once, for benchmarks."""

from collections.abc import Callable

from django.db import transaction

from mesh.mail.actions import queue_mail
from mesh.outbox.actions import enqueue
from mesh.tests.toy.recipients import SOMEBODY

IN_ONE_TRANSACTION = 500


def _enqueue_note(number: int) -> None:
    enqueue("note", f"note {number}", key=f"note {number}")


def _enqueue_mail(number: int) -> None:
    queue_mail(
        "greeting", user_id=SOMEBODY, context={"thing": "this"}, dedup_key=f"greeting {number}"
    )


ENQUEUE: dict[str, Callable[[int], None]] = {"note": _enqueue_note, "send_mail": _enqueue_mail}


def enqueue_many(*, kind: str, count: int) -> None:
    for start in range(0, count, IN_ONE_TRANSACTION):
        with transaction.atomic():
            for number in range(start, min(start + IN_ONE_TRANSACTION, count)):
                ENQUEUE[kind](number)
