"""What must hold before a service starts; each gap is one line that names the cure."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from mesh import ownership
from mesh.settings import APPS


class StartRefused(Exception):
    """The set-up is wrong; the text says what and how to mend it."""


def check_apps(service: str) -> None:
    """Raises StartRefused when INSTALLED_APPS lacks an app of the kit or of the service."""
    for app in (*APPS, *own_apps(service)):
        if not any(app == entry or entry.startswith(f"{app}.apps.") for entry in _installed()):
            raise StartRefused(f"INSTALLED_APPS lacks {app!r}, which {service} needs")


def own_apps(service: str) -> Iterator[str]:
    """The service's packages that have models."""
    package = import_module(service)
    for module in pkgutil.iter_modules(package.__path__, f"{service}."):
        if module.ispkg and find_spec(f"{module.name}.models"):
            yield module.name


def check_database(service: str) -> None:
    """Raises StartRefused when it is away, another service's, or not migrated."""
    try:
        ownership.check(service)
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise StartRefused(f"the database can't be reached: {_first_line(error)}") from error
    except ownership.ForeignDatabase as error:
        raise StartRefused(error.detail) from error
    if pending:
        raise StartRefused(
            f"the database lacks {len(pending)} migrations: run `python -m {service} migrate`"
        )


def _installed() -> list[str]:
    return list(settings.INSTALLED_APPS)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
