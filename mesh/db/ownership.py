"""One database a service: each is marked with its owner, and nobody else starts on it."""

from django.db import connection, transaction

from mesh.core.errors import DomainError
from mesh.db.sql import execute, row

_CREATE = "CREATE TABLE IF NOT EXISTS mesh_database_owner (service text PRIMARY KEY)"


class ForeignDatabase(DomainError):
    """The database belongs to another service."""


@transaction.atomic
def claim(service: str) -> None:
    """Marks the database as the service's own. Raises ForeignDatabase."""
    execute("SELECT pg_advisory_xact_lock(hashtext('mesh_database_owner'))")
    execute(_CREATE)
    claimed = owner()
    if claimed is None:
        execute("INSERT INTO mesh_database_owner VALUES (%s)", [service])
    elif claimed != service:
        raise ForeignDatabase(
            f"database {connection.settings_dict['NAME']} belongs to {claimed};"
            f" {service} needs one of its own"
        )


def owner() -> str | None:
    """Returns whose the database is; None when nobody has claimed it."""
    if row("SELECT to_regclass('mesh_database_owner')") == (None,):
        return None
    claimed = row("SELECT service FROM mesh_database_owner")
    return str(claimed[0]) if claimed else None
