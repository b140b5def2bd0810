"""Small jobs that a relay runs now and then, such as deleting what has served its time."""

import time
from collections.abc import Callable, Sequence

import structlog

from mesh.core.errors import described
from mesh.core.wiring import wired_service

log = structlog.get_logger("outbox")

INTERVAL_S = 60.0


class PeriodicJobs:
    """Runs the jobs that the service and the kit list, once a minute.

    One that fails does not keep the others from running.
    """

    def __init__(self) -> None:
        self._next = time.monotonic()
        self._jobs: Sequence[Callable[[], int]] = wired_service().jobs

    def run_when_due(self) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + INTERVAL_S
        for job in self._jobs:
            name = f"{job.__module__}.{job.__qualname__}"
            try:
                if rows := job():
                    log.info("periodic_job", job=name, rows=rows)
            except Exception as error:  # noqa: BLE001  # whatever a job raises
                log.warning("periodic_job_failed", job=name, error=described(error))
