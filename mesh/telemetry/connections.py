"""How short a database is of connections, for `/metrics`: asked when Prometheus asks.

Names: OpenTelemetry Collector, postgresqlreceiver.
"""

from collections.abc import Iterator

from django.db import DatabaseError, InterfaceError, connection
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

_TAKEN_OF_MOST = """
    SELECT sum(numbackends)::int, current_setting('max_connections')::int FROM pg_stat_database
"""


def publish() -> None:
    """Have this process's `/metrics` show the connections to its database's server."""
    REGISTRY.register(Connections())


class Connections(Collector):
    """Those of all processes together; nothing while the database is away."""

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Named without asking the database, as nobody scrapes yet."""
        yield from _families()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            with connection.cursor() as cursor:
                cursor.execute(_TAKEN_OF_MOST)
                values = cursor.fetchone()
        except (DatabaseError, InterfaceError):
            return
        finally:
            connection.close()  # each scrape has a thread of its own
        for family, value in zip(_families(), values, strict=True):
            family.add_metric([], value)
            yield family


def _families() -> tuple[GaugeMetricFamily, GaugeMetricFamily]:
    return (
        GaugeMetricFamily("postgresql_backends", "Connections to the database server, of all."),
        GaugeMetricFamily("postgresql_connection_max", "Connections that it has room for."),
    )
