"""Gauges that are read from the database when Prometheus asks."""

from abc import abstractmethod
from collections.abc import Iterator

from django.db import DatabaseError, InterfaceError, connection
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from mesh.db.sql import row


class DatabaseGauges(Collector):
    """A collector that yields nothing while the database is away."""

    @classmethod
    def publish(cls) -> None:
        """Adds the gauges to this process's `/metrics`."""
        REGISTRY.register(cls())

    @abstractmethod
    def describe(self) -> tuple[GaugeMetricFamily, ...]:
        """Returns the gauges without values, for registration."""

    @abstractmethod
    def read(self) -> tuple[GaugeMetricFamily, ...]:
        """Returns the gauges with their values. Raises what the database raises."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            found = self.read()
        except (DatabaseError, InterfaceError):
            return
        finally:
            connection.close()  # each scrape has a thread of its own
        yield from found


_TAKEN_OF_MOST = """
    SELECT sum(numbackends)::int, current_setting('max_connections')::int FROM pg_stat_database
"""


class Connections(DatabaseGauges):
    """The connections of all processes to the database server.

    Names: OpenTelemetry Collector, postgresqlreceiver.
    """

    def describe(self) -> tuple[GaugeMetricFamily, ...]:
        return (
            GaugeMetricFamily("postgresql_backends", "Connections to the database server, of all."),
            GaugeMetricFamily("postgresql_connection_max", "Connections that it has room for."),
        )

    def read(self) -> tuple[GaugeMetricFamily, ...]:
        families = self.describe()
        for family, value in zip(families, row(_TAKEN_OF_MOST), strict=True):
            family.add_metric([], value)
        return families
