"""Makes certificates, brings every database up to date, and fills in the demo data."""

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from dev.config import DATABASES, ROOT
from dev.engines.engine import last_line
from dev.errors import CannotRun
from dev.steps import step
from dev.supervisor.launch import launch

SEEDED = ("user", "order")
MIGRATE = {
    f"{name}_service": ["migrate", "--seed"] if name in SEEDED else ["migrate"]
    for name in DATABASES
}


def set_up(environment: Mapping[str, str], logs: Path) -> None:
    """Sets up all services at once; a repeat changes nothing.

    Raises CannotRun with the last line of the first that fails.
    """
    if environment.get("MESH_TLS") == "on":
        with step("making certificates"):
            _run_all(environment, logs, {"dev.certs": ["make"]})
    with step("migrating the databases, seeding the catalog and two accounts"):
        _run_all(environment, logs, MIGRATE)


def _run_all(
    environment: Mapping[str, str], logs: Path, commands: Mapping[str, Sequence[str]]
) -> None:
    begun = {
        module: _begin(module, command, environment, logs / f"{module}-{command[0]}.log")
        for module, command in commands.items()
    }
    codes = {module: process.wait() for module, process in begun.items()}
    for module, (command, *_) in commands.items():
        if codes[module] != 0:
            log = logs / f"{module}-{command}.log"
            afresh = f"; `rm -r {logs / 'postgres'}` empties them" if command == "migrate" else ""
            raise CannotRun(
                f"`python -m {module} {command}` failed: {last_line(log)}{afresh} ({log})"
            )


def _begin(
    module: str, command: Sequence[str], environment: Mapping[str, str], log: Path
) -> "subprocess.Popen[bytes]":
    with log.open("wb") as output:
        return launch(
            [sys.executable, "-m", module, *command],
            ends_by=signal.SIGTERM,
            directory=ROOT,
            environment=environment,
            output=output,
        )
