"""`make doctor`: looks at the local run itself, then has each member's doctor look."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from dev.config import MEMBERS, ROOT, Config
from dev.errors import CannotRun
from dev.status import State, states
from dev.supervisor.console import log_of
from dev.supervisor.control import Control
from dev.up.preflight import check_ports, is_in_use, only_one
from mesh.checks.command import COLOURS, Entry, as_json, examined
from mesh.checks.disk import disk
from mesh.checks.findings import Check, Finding, Level, failed, ok, warning
from mesh.core.terminal import in_colour, painted

RUN = "local_run"


def doctor(config: Config, *, as_document: bool) -> int:
    """Returns the exit code: 1 when anything failed. Members are asked only while they run.

    With `as_document` it prints one JSON document a line. For people what is well is a line a
    member, and what is not follows, with its remedy, failures last.
    """
    told = Control(config.var).environment() if is_in_use(config.var) else None
    found = states(Control(config.var)) if told else []
    mesh: Check = partial(_running, config.var, found) if told else partial(_missing, config)
    checks: dict[str, Check] = {"mesh": mesh, "disk": lambda: disk(_nearest(config.var))}
    entries = {RUN: list(examined(checks)), **(_ask_all(told) if told else {})}
    wrong = _wrong(entries, {one.name for one in found if one.held})
    failures = [entry for _, entry in wrong if entry.finding.level is Level.FAILED]
    if as_document:
        print("\n".join(as_json(member, entries[member]) for member in entries))
    else:
        _print(entries, wrong)
        total = sum(map(len, entries.values()))
        others = len(wrong) - len(failures)
        print(f"\n{total} checks: {len(failures)} failed, {others} with a warning")
    return int(bool(failures))


def _wrong(entries: Mapping[str, list[Entry]], held: set[str]) -> list[tuple[str, Entry]]:
    """Returns what is not well, of whom, failures last.

    What others miss of a process that was stopped by hand is left out: that says it all.
    """
    missed = {f"{name}_service at " for name in held} | {"mail " for name in held & {"mailbox"}}
    wrong = [
        (member, entry)
        for member, found in entries.items()
        for entry in found
        if entry.finding.level is not Level.OK
        and not f"{entry.check} {entry.finding.says}".removeprefix("peers ").startswith(
            tuple(missed)
        )
    ]
    return sorted(wrong, key=lambda one: one[1].finding.level is Level.FAILED)


def _print(entries: Mapping[str, list[Entry]], wrong: list[tuple[str, Entry]]) -> None:
    for member, found in entries.items():
        well = [entry for entry in found if entry.finding.level is Level.OK]
        print(f"{member:<16} {len(well)} of {len(found)} checks passed")
    for member, (check, finding) in wrong:
        level = painted(finding.level, COLOURS[finding.level], coloured=in_colour())
        print(f"\n{level}: {member}, {check}: {finding.says}\n    → {finding.remedy}")


def _ask_all(environment: Mapping[str, str]) -> dict[str, list[Entry]]:
    """Runs all members' doctors at once, on the settings of the run."""
    asked = {member: _ask(member, environment) for member in MEMBERS}
    return {member: _entries(*process.communicate()) for member, process in asked.items()}


def _ask(member: str, environment: Mapping[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", member, "doctor", "--json"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _entries(said: str, error: str) -> list[Entry]:
    try:
        checks = json.loads(said)["checks"]
    except ValueError:
        last = (error.strip() or "it said nothing").splitlines()[-1]
        return [Entry("doctor", failed(last, "this is a fault of the doctor: report it"))]
    return [
        Entry(each["check"], Finding(Level(each["level"]), each["says"], each["remedy"]))
        for each in checks
    ]


def _missing(config: Config) -> Iterator[Finding]:
    try:
        with only_one(config.var):
            check_ports(config)
    except CannotRun as error:
        yield failed(f"no mesh runs, and none could: {error}", "then run `make up`")
    else:
        yield failed(f"no mesh runs on {config.var}", "make up")


def _running(var: Path, found: list[State]) -> Iterator[Finding]:
    """Yields a finding for each process that does not serve with all of its parts."""
    yield ok(f"runs on {var}")
    for state in found:
        if state.held:
            yield warning(f"{state.name} is stopped by hand", state.remedy)
        elif not state.ready:
            yield failed(f"{state.name}: {state}", f"tail {log_of(var, state.name)}")


def _nearest(folder: Path) -> Path:
    """Returns the folder, or the nearest parent that exists."""
    return folder if folder.exists() else _nearest(folder.parent)
