"""Pending and parked steps, and the room for those done, for `/metrics`."""

from typing import NamedTuple

from django.db.models import QuerySet
from prometheus_client.core import GaugeMetricFamily

from mesh.db.partitions import days_ahead
from mesh.db.sql import rows
from mesh.outbox import conf
from mesh.outbox.models import Step
from mesh.outbox.steps import handlers
from mesh.telemetry.database_gauges import DatabaseGauges

_BACKLOG = """
    SELECT kind,
        count(*) FILTER (WHERE state = 'PENDING'),
        count(*) FILTER (WHERE state = 'PARKED'),
        COALESCE(EXTRACT(EPOCH FROM now() - min(create_time) FILTER (
            WHERE state = 'PENDING' AND (attempts > 0 OR next_at <= now())
        )), 0)::float8
    FROM outbox_step WHERE done_time IS NULL GROUP BY kind
"""


class OpenSteps(NamedTuple):
    """The open steps of a kind. `oldest_s` counts from when the oldest one was recorded."""

    kind: str
    pending: int
    parked: int
    oldest_s: float


def parked() -> QuerySet[Step]:
    """Returns the steps that wait for an operator, oldest first."""
    return Step.objects.filter(state=Step.State.PARKED).order_by("seq")


def backlog() -> list[OpenSteps]:
    """Returns the open steps by kind. A step enqueued for later has no age until then."""
    return [OpenSteps(*row) for row in rows(_BACKLOG)]


class Backlog(DatabaseGauges):
    """Depth, parked steps and oldest age by kind; partitions.

    Every worker and relay of a service shows the same: take the highest, not the sum.
    """

    def describe(self) -> tuple[GaugeMetricFamily, ...]:
        return (
            GaugeMetricFamily(
                "outbox_steps", "Steps that are not done, by state.", labels=["kind", "state"]
            ),
            GaugeMetricFamily(
                "outbox_oldest_step_age_seconds",
                "How long the oldest step that should have been run by now has waited.",
                labels=["kind"],
            ),
            GaugeMetricFamily(
                "outbox_done_partitions_ahead",
                "For how many days to come there is a partition of done steps.",
            ),
        )

    def read(self) -> tuple[GaugeMetricFamily, ...]:
        steps, ages, ahead = self.describe()
        found = {row.kind: row for row in backlog()}
        for kind in sorted({*handlers(), *found}):
            row = found.get(kind, OpenSteps(kind, 0, 0, 0.0))
            steps.add_metric([kind, "pending"], row.pending)
            steps.add_metric([kind, "parked"], row.parked)
            ages.add_metric([kind], row.oldest_s)
        ahead.add_metric([], days_ahead(conf.DONE_STEPS))
        return steps, ages, ahead
