"""Gauges that are read from the database when Prometheus asks."""

from abc import abstractmethod
from collections.abc import Iterator

from django.db import DatabaseError, InterfaceError, connection
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector


class FromDatabase(Collector):
    """Nothing while the database is away."""

    @abstractmethod
    def describe(self) -> tuple[GaugeMetricFamily, ...]:
        """The gauges without values, as nobody scrapes yet."""

    @abstractmethod
    def read(self) -> tuple[GaugeMetricFamily, ...]:
        """The gauges with their values. Raises what the database raises."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            found = self.read()
        except (DatabaseError, InterfaceError):
            return
        finally:
            connection.close()  # each scrape has a thread of its own
        yield from found
