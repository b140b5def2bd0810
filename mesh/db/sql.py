"""Runs SQL that the ORM has no words for, on the thread's connection."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from psycopg.pq import Format

Values = Sequence[Any] | Mapping[str, Any]


def execute(statement: str, values: Values = ()) -> int:
    """Returns how many rows the statement found or changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def row(statement: str, values: Values = ()) -> Any:
    """Returns the first row that a query finds, as a tuple; None where it finds none."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()


def rows(statement: str, values: Values = (), *, binary: bool = False) -> list[Any]:
    """Returns the rows that a query finds, as tuples.

    `binary` has PostgreSQL send values in its binary format, which psycopg reads in C, times too,
    at a third of the price. For columns of plain types only: Django's conversions are of text.
    """
    with connection.cursor() as cursor:
        if binary:
            cursor.cursor.format = Format.BINARY
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def lock(name: str) -> None:
    """Waits to be the only one with this lock, and holds it until the transaction ends."""
    execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
