"""`make doctor`: looks at the local run itself, then has each member's doctor look."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from deploy.local.config import MEMBERS, ROOT, Config
from deploy.local.control import Control
from deploy.local.errors import CannotRun
from deploy.local.preflight import check_ports, is_in_use, only_one
from mesh.doctor.disk import disk
from mesh.doctor.findings import Finding, failed, ok
from mesh.doctor.report import report

RUN = "local_run"


def doctor(config: Config, *, as_document: bool) -> int:
    """The exit code: 1 when anything failed. Members are asked only while they run.

    As documents, it is one JSON document a line.
    """
    runs = is_in_use(config.var)
    _say(RUN, as_document)
    checks = {"mesh": lambda: _mesh(config, runs=runs), "disk": lambda: disk(_nearest(config.var))}
    code = report(RUN, checks, as_document=as_document)
    return max(code, _ask_all(config.var, as_document)) if runs else code


def _ask_all(var: Path, as_document: bool) -> int:
    """All at once, on the settings of the run."""
    environment = Control(var).environment()
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


def _mesh(config: Config, *, runs: bool) -> Iterator[Finding]:
    if runs:
        yield ok(f"runs on {config.var}")
        return
    try:
        with only_one(config.var):
            check_ports(config)
    except CannotRun as error:
        yield failed(f"no mesh runs, and none could: {error}", "then run `make up`")
    else:
        yield failed(f"no mesh runs on {config.var}", "run `make up`")


def _nearest(folder: Path) -> Path:
    """The folder, or the one that it would be made in."""
    return folder if folder.exists() else _nearest(folder.parent)
