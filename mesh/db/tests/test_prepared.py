"""Refusals that last as long as their connection, which is ended for them."""

from collections.abc import Iterator

import pytest
from django.db import (
    NotSupportedError,
    OperationalError,
    close_old_connections,
    connection,
    connections,
)

from mesh.db import execute_hooks


@pytest.fixture
def migrating(transactional_db: None) -> Iterator[None]:
    """A table that this thread has read often enough for the statement to be prepared."""
    execute_hooks.end_refused()
    connection.close()
    _elsewhere("CREATE TABLE changing (name varchar(10))")
    try:
        for _ in range(connection.settings_dict["OPTIONS"]["prepare_threshold"] + 1):
            _read()
        yield
    finally:
        _elsewhere("DROP TABLE changing")


def _read() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM changing")


def _elsewhere(statement: str) -> None:
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute(statement)
    finally:
        other.close()


def test_a_new_column_disturbs_no_statement(migrating: None) -> None:
    _elsewhere("ALTER TABLE changing ADD COLUMN email text")
    _read()


def test_a_column_of_another_type_costs_one_call(migrating: None) -> None:
    _elsewhere("ALTER TABLE changing ALTER COLUMN name TYPE varchar(20)")
    with pytest.raises(NotSupportedError, match="cached plan"):
        _read()
    close_old_connections()
    _read()


def test_a_connection_that_can_no_longer_be_written_on_is_away_and_ended(migrating: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")  # as after a demotion
    with (
        pytest.raises(OperationalError, match="read-only transaction"),
        connection.cursor() as cursor,
    ):
        cursor.execute("INSERT INTO changing VALUES ('one')")
    close_old_connections()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO changing VALUES ('one')")
