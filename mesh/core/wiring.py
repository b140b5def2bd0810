"""Finds the definition of the running service, for the rooms that run parts of it."""

from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


@cache
def wired_service() -> Any:
    """Returns the object that the setting WIRING names: `<service>.wiring.SERVICE`.

    It is imported at the first use, as it needs the models to be loaded. Its type is
    `mesh.runtime.definition.ServiceDefinition`, which rooms below `runtime` can't import.
    """
    return import_string(settings.WIRING)
