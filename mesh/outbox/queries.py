from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet

from mesh.outbox.models import Step

_BACKLOG = """
    SELECT kind,
        count(*) FILTER (WHERE state = 'PENDING'),
        count(*) FILTER (WHERE state = 'PARKED'),
        COALESCE(EXTRACT(EPOCH FROM now() - min(create_time) FILTER (
            WHERE state = 'PENDING' AND (attempts > 0 OR next_at <= now())
        )), 0)::float8
    FROM outbox_step WHERE done_time IS NULL GROUP BY kind
"""


class Owed(NamedTuple):
    """The open steps of a kind. `oldest_s` counts from when the oldest one was recorded."""

    kind: str
    pending: int
    parked: int
    oldest_s: float


def parked() -> QuerySet[Step]:
    """The steps that wait for an operator, oldest first."""
    return Step.objects.filter(state=Step.State.PARKED).order_by("seq")


def backlog() -> list[Owed]:
    """What is owed, by kind. A step recorded for later counts as old from its time on."""
    with connection.cursor() as cursor:
        cursor.execute(_BACKLOG)
        return [Owed(*row) for row in cursor.fetchall()]
