"""What stops a start: the doctor's checks that nothing can be served without.

They are cheap, and each failure is one line that names the cure. What may come up later,
such as another service or Redis, stops nothing.
"""

from collections.abc import Iterable

import django
from django.db import connection

from mesh.db import execute_hooks
from mesh.doctor.applications import applications
from mesh.doctor.database import database
from mesh.doctor.findings import Finding, Level


class StartRefused(Exception):
    """The set-up is wrong; the text says what and how to mend it."""


def set_up(service: str) -> None:
    """Load settings, apps and models. Raises SettingError, StartRefused."""
    refuse(applications(service))
    execute_hooks.forget_refused()
    django.setup()


def check_database(service: str) -> None:
    """Raises StartRefused when it is away, another service's, or of another version."""
    try:
        refuse(database(service))
    finally:
        connection.close()  # the thread that starts a worker asks no more


def refuse(findings: Iterable[Finding]) -> None:
    """Raises StartRefused for the first that failed."""
    for finding in findings:
        if finding.level is Level.FAILED:
            raise StartRefused(str(finding))
