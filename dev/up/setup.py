"""Makes certificates, brings every database up to date, and fills in the demo data."""

import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from dev.config import DATABASES, ROOT
from dev.engines.engine import last_line
from dev.errors import CannotRun
from dev.steps import step
from dev.supervisor.launch import launch

SERVICES = tuple(f"{name}_service" for name in DATABASES)
SEEDED = ("user_service", "order_service")


def set_up(environment: Mapping[str, str], logs: Path) -> None:
    """Sets up all services at once; a repeat changes nothing.

    Raises CannotRun with the last line of the first that fails.
    """
    if environment.get("MESH_TLS") == "on":
        with step("making certificates"):
            _run_all(environment, logs, {"dev.certs": "make"})
    with step("migrating the databases"):
        _run_all(environment, logs, dict.fromkeys(SERVICES, "migrate"))
    with step("seeding the catalog and two accounts"):
        _run_all(environment, logs, dict.fromkeys(SEEDED, "seed"))


def _run_all(environment: Mapping[str, str], logs: Path, commands: Mapping[str, str]) -> None:
    begun = {
        module: _begin(module, command, environment, logs / f"{module}-{command}.log")
        for module, command in commands.items()
    }
    codes = {module: process.wait() for module, process in begun.items()}
    for module, command in commands.items():
        if codes[module] != 0:
            log = logs / f"{module}-{command}.log"
            afresh = f"; `rm -r {logs / 'postgres'}` empties them" if command == "migrate" else ""
            raise CannotRun(
                f"`python -m {module} {command}` failed: {last_line(log)}{afresh} ({log})"
            )


def _begin(
    module: str, command: str, environment: Mapping[str, str], log: Path
) -> "subprocess.Popen[bytes]":
    with log.open("wb") as output:
        return launch(
            [sys.executable, "-m", module, command],
            ends_by=signal.SIGTERM,
            directory=ROOT,
            environment=environment,
            output=output,
        )
