"""Small jobs that a relay does now and then, such as deleting what has served its time."""

import time
from collections.abc import Callable

import structlog
from django.apps import apps
from django.utils.module_loading import import_string

from mesh.core.errors import described

log = structlog.get_logger("outbox")

INTERVAL_S = 60.0


class Housekeeping:
    """Runs the functions that installed apps name in `AppConfig.housekeeping` once a minute.

    Each does a bounded piece of work, tolerates another relay doing the same at once, and
    answers how many rows it changed. One that fails does not keep the others from running.
    """

    def __init__(self) -> None:
        self._next = time.monotonic()
        self._jobs: dict[str, Callable[[], int]] = {
            name: import_string(name)
            for app in apps.get_app_configs()
            for name in getattr(app, "housekeeping", ())
        }

    def run_when_due(self) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + INTERVAL_S
        for name, job in self._jobs.items():
            try:
                if rows := job():
                    log.info("housekeeping", job=name, rows=rows)
            except Exception as error:  # noqa: BLE001  # whatever a job raises
                log.warning("housekeeping_failed", job=name, error=described(error))
