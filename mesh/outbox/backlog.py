"""What is owed, for `/metrics`."""

from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily

from mesh.outbox import queries
from mesh.outbox.steps import handlers
from mesh.telemetry.database_gauges import FromDatabase


def publish() -> None:
    """Have this process's `/metrics` show the backlog."""
    REGISTRY.register(Backlog())


class Backlog(FromDatabase):
    """Depth, parked steps and oldest age by kind.

    Every worker and relay of a service shows the same: take the highest, not the sum.
    """

    def describe(self) -> tuple[GaugeMetricFamily, ...]:
        return (
            GaugeMetricFamily("outbox_steps", "Steps owed, by state.", labels=["kind", "state"]),
            GaugeMetricFamily(
                "outbox_oldest_step_age_seconds",
                "How long the oldest step that should have been run by now has been owed.",
                labels=["kind"],
            ),
        )

    def read(self) -> tuple[GaugeMetricFamily, ...]:
        steps, ages = self.describe()
        found = {row.kind: row for row in queries.backlog()}
        for kind in sorted({*handlers(), *found}):
            row = found.get(kind, queries.Owed(kind, 0, 0, 0.0))
            steps.add_metric([kind, "pending"], row.pending)
            steps.add_metric([kind, "parked"], row.parked)
            ages.add_metric([kind], row.oldest_s)
        return steps, ages
