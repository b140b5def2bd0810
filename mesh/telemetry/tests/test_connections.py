"""What `/metrics` says of the room for connections at the database's server."""

import pytest
from django.db import connection
from prometheus_client import CollectorRegistry

from mesh.telemetry.database_gauges import Connections

pytestmark = pytest.mark.django_db(transaction=True)


def shown(name: str) -> float | None:
    registry = CollectorRegistry()
    registry.register(Connections())
    return registry.get_sample_value(name)


def test_connections_are_counted_against_what_the_server_has_room_for() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW max_connections")
        (most,) = cursor.fetchone()
    assert shown("postgresql_connection_max") == float(most)
    assert 1 <= (shown("postgresql_backends") or 0) <= float(most)


def test_a_database_that_is_away_leaves_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    assert shown("postgresql_backends") is None
