"""Migrations beside sessions that hold a table."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import OperationalError, connection

from mesh.core.errors import StartRefused
from mesh.db.sql import execute, row
from mesh.runtime import migrating
from mesh.tests.toy.models import Note

pytestmark = pytest.mark.django_db(transaction=True)
WITHIN_S = 60


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrating, "LOCK_TIMEOUT_S", 0.05)
    monkeypatch.setattr(migrating, "PAUSE_S", 0.0)


@pytest.fixture
def other() -> Iterator[psycopg.Connection]:
    """Another session on the same database, in a transaction."""
    with _session() as opened:
        yield opened


def _session() -> psycopg.Connection:
    told = connection.settings_dict
    return psycopg.connect(
        host=told["HOST"],
        port=told["PORT"],
        dbname=told["NAME"],
        user=told["USER"],
        password=told["PASSWORD"],
    )


def add_column() -> None:
    execute("ALTER TABLE toy_note ADD COLUMN more integer")


def has_column() -> bool:
    found = row(
        "SELECT count(*) FROM information_schema.columns"
        " WHERE table_name = 'toy_note' AND column_name = 'more'"
    )
    return bool(found[0])


def test_it_gives_up_on_a_table_that_stays_locked(other: psycopg.Connection) -> None:
    other.execute("SELECT count(*) FROM toy_note")
    tried = []

    def migrate() -> None:
        tried.append(1)
        add_column()

    with pytest.raises(StartRefused, match="another session held a table through 10 tries"):
        migrating.give_way(migrate)
    assert len(tried) == migrating.TRIES
    assert not has_column()
    assert not Note.objects.exists(), "and who comes after it is served"


def test_it_goes_on_when_the_table_is_free(other: psycopg.Connection) -> None:
    other.execute("SELECT count(*) FROM toy_note")
    tried = []

    def migrate() -> None:
        tried.append(1)
        if len(tried) == 2:
            other.rollback()
        add_column()

    migrating.give_way(migrate)
    try:
        assert (len(tried), has_column()) == (2, True)
    finally:
        execute("ALTER TABLE toy_note DROP COLUMN more")


def test_what_is_not_about_locks_is_not_tried_again() -> None:
    tried = []

    def migrate() -> None:
        tried.append(1)
        execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(OperationalError):
        migrating.give_way(migrate)
    connection.close()
    assert tried == [1]


def test_an_index_that_is_built_concurrently_waits_for_old_transactions(
    other: psycopg.Connection,
) -> None:
    other.execute("INSERT INTO toy_note (text) VALUES ('not yet')")

    def free_the_table_late() -> None:
        with _session() as watching:
            watching.autocommit = True  # within a transaction pg_stat_activity stays as first seen
            waiting = """
                SELECT FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%'
                AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > '0.3 s'
            """
            ends = time.monotonic() + WITHIN_S
            while watching.execute(waiting).fetchone() is None and time.monotonic() < ends:
                time.sleep(0.01)
        other.rollback()

    def build() -> None:
        execute("CREATE INDEX CONCURRENTLY toy_note_text ON toy_note (text)")

    with ThreadPoolExecutor() as threads:
        freed = threads.submit(free_the_table_late)
        migrating.give_way(build)
        freed.result()
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'toy_note_text'::regclass"
    assert row(valid) == (True,)
    execute("DROP INDEX toy_note_text")
    assert row("SHOW lock_timeout") == ("50ms",)
    assert row("SHOW statement_timeout") == ("10s",)
