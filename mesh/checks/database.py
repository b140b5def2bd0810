"""Checks that the database is up, is the service's own, and has this version's schema."""

from collections.abc import Iterator

from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from mesh.checks import schema
from mesh.checks.findings import Finding, failed, first_line, ok, warning
from mesh.core.config import own_prefix
from mesh.db import ownership
from mesh.db.sessions import SESSION
from mesh.db.sql import row


def database(service: str) -> Iterator[Finding]:
    """Stops at the first failure, as further ones would follow from it."""
    variable = f"{own_prefix(service)}_DATABASE_URL"
    try:
        wrong = list(_wrong(service, variable))
    except DatabaseError as error:
        yield failed(
            f"the database can't be reached: {first_line(error)}",
            f"start it, or mend {variable}",
        )
        return
    yield from wrong or [
        ok(f"{name_of(connection)}, PostgreSQL {_version()}, is ours and migrated")
    ]


def _wrong(service: str, variable: str) -> Iterator[Finding]:
    owner = ownership.owner()
    migrate = f"run `python -m {service} migrate`"
    if owner is None:
        yield failed(f"{name_of(connection)} is not set up", migrate)
    elif owner != service:
        yield failed(
            f"{name_of(connection)} belongs to {owner}; {service} needs one of its own",
            f"have {variable} name another",
        )
    elif row("SELECT pg_is_in_recovery()")[0]:
        yield failed(
            f"{name_of(connection)} is a standby, which can't be written to", f"mend {variable}"
        )
    else:
        yield from _of_another_version(migrate)
        yield from _of_the_pooler(migrate)


def pending_migrations(executor: MigrationExecutor) -> int:
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _of_another_version(migrate: str) -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    loader = executor.loader
    if pending := pending_migrations(executor):
        yield failed(f"{name_of(connection)} lacks {pending} migrations", migrate)
        return
    yield from schema.columns()
    apps = {app for app, _ in loader.graph.nodes}
    unknown = [key for key in loader.applied_migrations if key not in loader.disk_migrations]
    if newer := sorted(".".join(key) for key in unknown if key[0] in apps):
        yield warning(
            f"{name_of(connection)} has had migrations that this version does not know:"
            f" {', '.join(newer)}",
            "finish the upgrade that applied them; new schemas serve the version before",
        )


def _of_the_pooler(migrate: str) -> Iterator[Finding]:
    if row("SHOW enable_seqscan") != (SESSION["enable_seqscan"],):
        yield warning(
            f"sessions of {name_of(connection)} are not told what ours are",
            f"{migrate}, and have the pooler connect anew",
        )


def name_of(database: BaseDatabaseWrapper) -> str:
    told = database.settings_dict
    return f"database {told['NAME']} on {told['HOST'] or 'this machine'}:{told['PORT'] or 5432}"


def _version() -> str:
    return str(row("SHOW server_version")[0]).split()[0]
