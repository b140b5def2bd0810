"""A table by day: partitions come in time, and go with what has served its time."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from mesh.db.partitions import AHEAD_DAYS, days_ahead, roll
from mesh.db.sql import execute, row, rows

pytestmark = pytest.mark.django_db(transaction=True)
KEEP = timedelta(days=7)
DAY = "(now() AT TIME ZONE 'UTC')::date"


@pytest.fixture(autouse=True)
def happened() -> Iterator[None]:
    execute(
        "CREATE TABLE happened (id uuid DEFAULT gen_random_uuid(), at timestamptz,"
        " PRIMARY KEY (id, at)) PARTITION BY RANGE (at)"
    )
    execute("CREATE TABLE happened_default PARTITION OF happened DEFAULT")
    execute("CREATE INDEX happened_default_at ON happened_default (at)")
    yield
    execute("DROP TABLE happened")


def rolled() -> int:
    return roll("happened", column="at", keep=KEEP)


def happen(*, days_ago: int) -> None:
    execute("INSERT INTO happened (at) VALUES (now() - make_interval(days => %s))", [days_ago])


def partition_of(days_ago: int) -> str:
    (name,) = row(f"SELECT 'happened_' || to_char({DAY} - %s::int, 'YYYYMMDD')", [days_ago])
    return str(name)


def make_partition(days_ago: int) -> None:
    first, end = row(f"SELECT {DAY} - %s::int, {DAY} - %s::int", [days_ago, days_ago - 1])
    execute(
        f"CREATE TABLE {partition_of(days_ago)} PARTITION OF happened"
        f" FOR VALUES FROM ('{first} 00:00Z') TO ('{end} 00:00Z')"
    )


def homes() -> list[str]:
    """Returns in which partition each row is, oldest first."""
    return [name for (name,) in rows("SELECT tableoid::regclass::text FROM happened ORDER BY at")]


def test_today_and_the_days_to_come_get_a_partition_once() -> None:
    assert days_ahead("happened") == 0
    assert rolled() == AHEAD_DAYS + 1
    assert days_ahead("happened") == AHEAD_DAYS
    assert rolled() == 0
    happen(days_ago=0)
    happen(days_ago=-AHEAD_DAYS)
    assert homes() == [partition_of(0), partition_of(-AHEAD_DAYS)]


def test_a_partition_goes_when_all_its_rows_have_been_kept_long_enough() -> None:
    for days_ago in (9, 8, 7):
        make_partition(days_ago)
        happen(days_ago=days_ago)
    rolled()
    assert homes() == [partition_of(7)]
    assert row("SELECT to_regclass(%s)", [partition_of(8)]) == (None,)


def test_what_finds_no_partition_has_a_place_until_it_has_been_kept_long_enough() -> None:
    happen(days_ago=0)
    happen(days_ago=8)
    assert rolled() == AHEAD_DAYS + 1, "all days but today, and a row deleted"
    assert homes() == ["happened_default"]
    happen(days_ago=0)
    happen(days_ago=-1)
    assert homes() == ["happened_default"] * 2 + [partition_of(-1)]


def test_a_table_that_is_in_use_is_not_waited_for_long_and_its_partition_goes_later() -> None:
    make_partition(9)
    rolled()
    make_partition(8)
    read, ended = threading.Event(), threading.Event()

    def use() -> None:
        try:
            with transaction.atomic():
                execute("SELECT count(*) FROM happened")
                read.set()
                ended.wait(60)
        finally:
            connection.close()

    with ThreadPoolExecutor() as threads:
        using = threads.submit(use)
        assert read.wait(60)
        try:
            with pytest.raises(OperationalError, match="lock timeout"):
                rolled()
            happen(days_ago=0)
        finally:
            ended.set()
        using.result()
    assert rolled() == 1
    assert homes() == [partition_of(0)]


def test_many_at_once_make_each_partition_once() -> None:
    barrier = threading.Barrier(4)

    def work(_: int) -> int:
        barrier.wait(60)
        try:
            return rolled()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        made = sum(threads.map(work, range(4)))
    assert made + rolled() == AHEAD_DAYS + 1
    assert days_ahead("happened") == AHEAD_DAYS
