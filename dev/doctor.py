"""`make doctor`: looks at the local run itself, then has each member's doctor look."""

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from dev.config import MEMBERS, ROOT, Config
from dev.errors import CannotRun
from dev.status import states
from dev.supervisor.console import log_of
from dev.supervisor.control import Control
from dev.up.preflight import check_ports, is_in_use, only_one
from mesh.checks.disk import disk
from mesh.checks.findings import Check, Finding, failed, ok, warning
from mesh.checks.report import report

RUN = "local_run"


def doctor(config: Config, *, as_document: bool) -> int:
    """Returns the exit code: 1 when anything failed. Members are asked only while they run.

    With `as_document` it prints one JSON document a line.
    """
    told = Control(config.var).environment() if is_in_use(config.var) else None
    _say(RUN, as_document)
    mesh: Check = partial(_running, config.var) if told else partial(_missing, config)
    checks: dict[str, Check] = {"mesh": mesh, "disk": lambda: disk(_nearest(config.var))}
    code = report(RUN, checks, as_document=as_document)
    return max(code, _ask_all(told, as_document)) if told else code


def _ask_all(environment: dict[str, str], as_document: bool) -> int:
    """Runs all members' doctors at once, on the settings of the run; returns the worst code."""
    asked = {member: _ask(member, environment, as_document) for member in MEMBERS}
    for member, process in asked.items():
        said, _ = process.communicate()
        _say(member, as_document)
        print(said, end="", flush=True)
    return max(process.returncode for process in asked.values())


def _ask(member: str, environment: dict[str, str], as_document: bool) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", member, "doctor", *(["--json"] if as_document else [])],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _say(name: str, as_document: bool) -> None:
    if not as_document:
        print(f"{name}:", flush=True)


def _missing(config: Config) -> Iterator[Finding]:
    try:
        with only_one(config.var):
            check_ports(config)
    except CannotRun as error:
        yield failed(f"no mesh runs, and none could: {error}", "then run `make up`")
    else:
        yield failed(f"no mesh runs on {config.var}", "run `make up`")


def _running(var: Path) -> Iterator[Finding]:
    """Yields a finding for each process that does not serve with all of its parts."""
    yield ok(f"runs on {var}")
    for state in states(Control(var)):
        if state.held:
            yield warning(f"{state.name}: {state}", f"run `make start NAME={state.name}`")
        elif not state.ready:
            yield failed(f"{state.name}: {state}", f"{log_of(var, state.name)} says why")


def _nearest(folder: Path) -> Path:
    """Returns the folder, or the nearest parent that exists."""
    return folder if folder.exists() else _nearest(folder.parent)
