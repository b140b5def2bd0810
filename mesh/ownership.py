"""One database a service: each is marked with its owner, and nobody else starts on it."""

from django.db import connection, transaction

from mesh.errors import DomainError

_CREATE = "CREATE TABLE IF NOT EXISTS mesh_database_owner (service text PRIMARY KEY)"


class ForeignDatabase(DomainError):
    """The database belongs to another service."""


@transaction.atomic
def claim(service: str) -> None:
    """Mark the database as the service's own. Raises ForeignDatabase."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('mesh_database_owner'))")
        cursor.execute(_CREATE)
        cursor.execute("SELECT service FROM mesh_database_owner")
        owner = cursor.fetchone()
        if owner is None:
            cursor.execute("INSERT INTO mesh_database_owner VALUES (%s)", [service])
        elif owner[0] != service:
            raise _foreign(service, owner[0])


def check(service: str) -> None:
    """Raises ForeignDatabase unless the database is marked as the service's own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('mesh_database_owner')")
        if cursor.fetchone() == (None,):
            name = connection.settings_dict["NAME"]
            raise ForeignDatabase(
                f"database {name} is not set up: run `python -m {service} migrate`"
            )
        cursor.execute("SELECT service FROM mesh_database_owner")
        owner = cursor.fetchone()
        if owner is not None and owner[0] != service:
            raise _foreign(service, owner[0])


def _foreign(service: str, owner: str) -> ForeignDatabase:
    name = connection.settings_dict["NAME"]
    return ForeignDatabase(f"database {name} belongs to {owner}; {service} needs one of its own")
