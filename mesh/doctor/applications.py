"""Whether INSTALLED_APPS has what the service needs."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

from django.conf import settings

from mesh.doctor.findings import Finding, failed, ok
from mesh.settings import APPS


def applications(service: str) -> Iterator[Finding]:
    """The kit's apps, and the service's own. Looks before Django is set up, which needs them."""
    needed = [*APPS, *own_apps(service)]
    missing = [app for app in needed if not _is_installed(app)]
    for app in missing:
        yield failed(
            f"INSTALLED_APPS lacks {app!r}, which {service} needs",
            f"add it in {service}/settings.py",
        )
    if not missing:
        yield ok(f"{len(needed)} apps are installed")


def own_apps(service: str) -> Iterator[str]:
    """The service's packages that have models."""
    package = import_module(service)
    for module in pkgutil.iter_modules(package.__path__, f"{service}."):
        if module.ispkg and find_spec(f"{module.name}.models"):
            yield module.name


def _is_installed(app: str) -> bool:
    return any(
        entry == app or entry.startswith(f"{app}.apps.") for entry in settings.INSTALLED_APPS
    )
