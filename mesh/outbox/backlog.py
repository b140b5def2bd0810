"""What is owed, for `/metrics`: read from the database when Prometheus asks."""

from collections.abc import Iterator

from django.db import DatabaseError, InterfaceError, connection
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from mesh.outbox import queries
from mesh.outbox.steps import handlers


def publish() -> None:
    """Have this process's `/metrics` show the backlog."""
    REGISTRY.register(Backlog())


class Backlog(Collector):
    """Depth, parked steps and oldest age by kind; nothing while the database is away.

    Every worker and relay of a service shows the same: take the highest, not the sum.
    """

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Named without asking the database, as nobody scrapes yet."""
        yield from _families()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            rows = queries.backlog()
        except (DatabaseError, InterfaceError):
            return
        finally:
            connection.close()  # each scrape has a thread of its own
        steps, ages = _families()
        found = {row.kind: row for row in rows}
        for kind in sorted({*handlers(), *found}):
            row = found.get(kind, queries.Owed(kind, 0, 0, 0.0))
            steps.add_metric([kind, "pending"], row.pending)
            steps.add_metric([kind, "parked"], row.parked)
            ages.add_metric([kind], row.oldest_s)
        yield from (steps, ages)


def _families() -> tuple[GaugeMetricFamily, GaugeMetricFamily]:
    return (
        GaugeMetricFamily("outbox_steps", "Steps owed, by state.", labels=["kind", "state"]),
        GaugeMetricFamily(
            "outbox_oldest_step_age_seconds",
            "How long the oldest step that should have been run by now has been owed.",
            labels=["kind"],
        ),
    )
