"""Brings every service's database up to date, and fills in the demo data."""

import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local.config import DATABASES, ROOT
from deploy.local.engine import last_line
from deploy.local.errors import CannotRun
from deploy.local.launch import launched

SERVICES = tuple(f"{name}_service" for name in DATABASES)
SEEDED = ("user_service", "order_service")


def set_up(environment: Mapping[str, str], logs: Path) -> None:
    """All services at once; both commands change nothing where nothing is to be done.

    Raises CannotRun with the last line of the first that fails.
    """
    _run_all(environment, logs, dict.fromkeys(SERVICES, "migrate"))
    _run_all(environment, logs, dict.fromkeys(SEEDED, "seed"))


def _run_all(environment: Mapping[str, str], logs: Path, commands: Mapping[str, str]) -> None:
    begun = {
        service: _begin(service, command, environment, logs / f"{service}-{command}.log")
        for service, command in commands.items()
    }
    codes = {service: process.wait() for service, process in begun.items()}
    for service, command in commands.items():
        if codes[service] != 0:
            log = logs / f"{service}-{command}.log"
            raise CannotRun(f"`python -m {service} {command}` failed: {last_line(log)} ({log})")


def _begin(
    service: str, command: str, environment: Mapping[str, str], log: Path
) -> "subprocess.Popen[bytes]":
    with log.open("wb") as output:
        return subprocess.Popen(
            launched([sys.executable, "-m", service, command], ends_by=signal.SIGTERM),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for us, and our end is its end
        )
