"""Stops a start by the doctor's checks that nothing can be served without.

They are cheap, and each failure is one line that names the remedy. What may come up later,
such as another service or Redis, stops nothing.
"""

import pkgutil
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec

import django
from django.conf import settings
from django.db import connection, connections

from mesh.checks.database import database
from mesh.checks.findings import Finding, Level, failed, ok
from mesh.core.errors import StartRefused
from mesh.db import execute_hooks
from mesh.runtime.settings import APPS


def applications(service: str) -> Iterator[Finding]:
    """Checks that the apps of the kit and of the service are installed, before Django is set up."""
    needed = [*(APPS if has_database() else ()), *own_apps(service)]
    missing = [app for app in needed if not _is_installed(app)]
    for app in missing:
        yield failed(
            f"INSTALLED_APPS lacks {app!r}, which {service} needs",
            f"add it in {service}/settings.py",
        )
    if not missing:
        yield ok(f"{len(needed)} apps are installed")


def own_apps(service: str) -> Iterator[str]:
    """Yields the service's packages that have models."""
    package = import_module(service)
    for module in pkgutil.iter_modules(package.__path__, f"{service}."):
        if module.ispkg and find_spec(f"{module.name}.models"):
            yield module.name


def _is_installed(app: str) -> bool:
    return any(
        entry == app or entry.startswith(f"{app}.apps.") for entry in settings.INSTALLED_APPS
    )


def set_up(service: str) -> None:
    """Loads settings, apps and models. Raises SettingError, StartRefused."""
    refuse(applications(service))
    execute_hooks.end_refused()
    django.setup()


def check_database(service: str) -> None:
    """Raises StartRefused when it is away, another service's, or of another version.

    A service may have none.
    """
    if not has_database():
        return
    try:
        refuse(database(service))
    finally:
        connections.close_all()  # the thread that starts a worker asks no more


def has_database() -> bool:
    """Returns whether the service has one; Django gives those that name none a dummy."""
    return bool(connection.settings_dict["ENGINE"] != "django.db.backends.dummy")


def refuse(findings: Iterable[Finding]) -> None:
    """Raises StartRefused for the first that failed."""
    for finding in findings:
        if finding.level is Level.FAILED:
            raise StartRefused(str(finding))
