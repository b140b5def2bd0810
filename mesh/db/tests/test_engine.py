"""How a connection that an earlier call left is found to work, or not."""

import select
import time

import pytest
from django.db import connection, connections

from mesh.db.postgresql import base
from mesh.db.postgresql.base import DatabaseWrapper

pytestmark = pytest.mark.django_db(transaction=True)


def used() -> DatabaseWrapper:
    """Returns the thread's connection after a check, as a call leaves it."""
    connection.ensure_connection()
    wrapper = connections["default"]
    assert isinstance(wrapper, DatabaseWrapper)
    wrapper.is_usable()
    return wrapper


def backend_of(wrapper: DatabaseWrapper) -> int:
    return int(wrapper.connection.info.backend_pid)


def elsewhere(statement: str, *values: int) -> tuple[object, ...]:
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute(statement, values)
            return tuple(cursor.fetchone() or ())
    finally:
        other.close()


def last_statement(wrapper: DatabaseWrapper) -> object:
    statement = "SELECT query FROM pg_stat_activity WHERE pid = %s"
    return elsewhere(statement, backend_of(wrapper))[0]


def test_a_quiet_connection_works_without_being_asked() -> None:
    wrapper = used()
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT 'the last statement'")
    assert wrapper.is_usable()
    assert last_statement(wrapper) == "SELECT 'the last statement'"


def test_one_that_postgresql_ended_does_not_work() -> None:
    wrapper = used()
    elsewhere("SELECT pg_terminate_backend(%s, 5000)", backend_of(wrapper))
    assert not wrapper.is_usable()
    wrapper.close()
    assert not wrapper.is_usable()


def test_one_that_something_arrived_on_is_asked() -> None:
    wrapper = used()
    with wrapper.cursor() as cursor:
        cursor.execute("LISTEN news")
    elsewhere("SELECT pg_notify('news', '')")
    assert select.select([wrapper.connection], [], [], 10)[0]
    assert wrapper.is_usable()
    assert last_statement(wrapper) == "SELECT 1"
    wrapper.close()


def test_one_that_was_idle_for_long_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    wrapper = used()
    later = time.monotonic() + base.TRUSTED_IDLE_S
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert wrapper.is_usable()
    assert last_statement(wrapper) == "SELECT 1"
