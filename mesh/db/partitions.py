"""Tables that are partitioned by the day of a column: partitions are made ahead, and dropped.

A table `thing` has partitions `thing_20261129`, whose days are UTC's, and `thing_default`, which
takes what no other does, so that a row always has a place. See decision 0033.
"""

from datetime import UTC, date, datetime, timedelta

from django.db import IntegrityError, transaction

from mesh.db.sql import execute, row, rows

AHEAD_DAYS = 7
# A change waits for who is using the table, and has those wait who come after it.
LOCK_TIMEOUT = "200ms"
STRAYS = 5_000
_PARTITIONS = """
    SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = %s::regclass AND relname !~ '_default$'
"""


def roll(table: str, *, column: str, keep: timedelta) -> int:
    """Makes the partitions of days to come, and drops those whose rows are all older than `keep`.

    Deletes a batch of the rows of the default one that are older. Returns how many of all these.
    Any number of processes may do this. Raises OperationalError when others use the table all the
    time; what was done by then stays.
    """
    today, there = _today(), _days(table)
    wanted = {today + timedelta(days=number) for number in range(AHEAD_DAYS + 1)}
    made = sum(_make(table, column, day) for day in sorted(wanted - there))
    old = [day for day in sorted(there) if day + timedelta(days=1) <= today - keep]
    dropped = sum(_drop(table, day) for day in old)
    return made + dropped + _delete_strays(table, column, keep)


def days_ahead(table: str) -> int:
    """Returns for how many days to come there is a partition."""
    today = _today()
    return sum(day > today for day in _days(table))


def _days(table: str) -> set[date]:
    """Returns the days that have a partition."""
    names = (str(name) for (name,) in rows(_PARTITIONS, [table]))
    return {datetime.strptime(name[-8:], "%Y%m%d").replace(tzinfo=UTC).date() for name in names}


def _today() -> date:
    today: date = row("SELECT (now() AT TIME ZONE 'UTC')::date")[0]
    return today


def _make(table: str, column: str, day: date) -> bool:
    """Makes a day's partition. Where the default one has rows of that day, they all go there."""
    name, bounds = _name(table, day), [f"{day} 00:00Z", f"{day + timedelta(days=1)} 00:00Z"]
    stray = f"SELECT FROM {table}_default WHERE {column} >= %s AND {column} < %s LIMIT 1"
    try:
        with transaction.atomic():
            if not _is_ours(table) or row(stray, bounds) is not None:
                return False
            if row("SELECT to_regclass(%s)", [name]) != (None,):  # another's, since we looked
                return False
            execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)")
            # By this rather than at once, as that would lock the whole table.
            execute(
                f"ALTER TABLE {table} ATTACH PARTITION {name}"
                f" FOR VALUES FROM ('{bounds[0]}') TO ('{bounds[1]}')"
            )
    except IntegrityError:  # the default one got a row of that day meanwhile
        return False
    return True


def _drop(table: str, day: date) -> bool:
    """Drops a partition, all at once: beside a default one none is detached concurrently."""
    with transaction.atomic():
        if not _is_ours(table):
            return False
        execute(f"DROP TABLE IF EXISTS {_name(table, day)}")
    return True


def _delete_strays(table: str, column: str, keep: timedelta) -> int:
    strays = f"{table}_default"
    old = f"{column} < now() - %s ORDER BY {column} LIMIT {STRAYS} FOR UPDATE SKIP LOCKED"
    found = f"SELECT ctid FROM {strays} WHERE {old}"  # noqa: S608  # of names in the code
    return execute(f"DELETE FROM {strays} WHERE ctid = ANY(ARRAY({found}))", [keep])  # noqa: S608  # the same


def _name(table: str, day: date) -> str:
    return f"{table}_{day:%Y%m%d}"


def _is_ours(table: str) -> bool:
    """Returns whether nobody else changes the table, until the end of this transaction."""
    execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
    lock = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
    return bool(row(lock, [f"partitions of {table}"])[0])
