"""One database a service: each is marked with its owner, and nobody else starts on it."""

from django.db import connection, transaction

from mesh.core.errors import DomainError

_CREATE = "CREATE TABLE IF NOT EXISTS mesh_database_owner (service text PRIMARY KEY)"


class ForeignDatabase(DomainError):
    """The database belongs to another service."""


@transaction.atomic
def claim(service: str) -> None:
    """Marks the database as the service's own. Raises ForeignDatabase."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('mesh_database_owner'))")
        cursor.execute(_CREATE)
        cursor.execute("SELECT service FROM mesh_database_owner")
        claimed = cursor.fetchone()
        if claimed is None:
            cursor.execute("INSERT INTO mesh_database_owner VALUES (%s)", [service])
        elif claimed[0] != service:
            raise ForeignDatabase(
                f"database {connection.settings_dict['NAME']} belongs to {claimed[0]};"
                f" {service} needs one of its own"
            )


def owner() -> str | None:
    """Returns whose the database is; None when nobody has claimed it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('mesh_database_owner')")
        if cursor.fetchone() == (None,):
            return None
        cursor.execute("SELECT service FROM mesh_database_owner")
        claimed = cursor.fetchone()
        return str(claimed[0]) if claimed else None
