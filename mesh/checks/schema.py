"""Checks that the tables are those that the models expect.

The list of applied migrations does not tell when one was rewritten after it was applied,
as happens to a database that is kept while a branch is worked on.
"""

from collections.abc import Iterator

from django.apps import apps
from django.db import connection

from mesh.checks.findings import Finding, failed
from mesh.db.sql import rows

SHOWN = 3
REMEDY = "restore a backup that fits, or begin with an empty database"


def columns() -> Iterator[Finding]:
    """Yields nothing when every column is there. Raises DatabaseError."""
    missing = sorted(_expected() - _there())
    if not missing:
        return
    shown = ", ".join(".".join(column) for column in missing[:SHOWN])
    more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
    yield failed(
        f"database {connection.settings_dict['NAME']} was made by other migrations than these:"
        f" it lacks {shown}{more}",
        REMEDY,
    )


def _expected() -> set[tuple[str, str]]:
    models = apps.get_models(include_auto_created=True)
    tables = [model._meta for model in models]  # noqa: SLF001  # Django documents it
    return {
        (table.db_table, str(field.column))
        for table in tables
        if table.managed and not table.proxy
        for field in table.local_concrete_fields
    }


def _there() -> set[tuple[str, str]]:
    return set(
        rows(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = ANY (current_schemas(false))"
        )
    )
