"""The command `doctor`, for a service and for the edge: runs checks, and says what they found."""

import argparse
import json
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import NamedTuple

import structlog

from mesh.checks.findings import Check, Finding, Level, failed, first_line, ok
from mesh.core import config
from mesh.core.terminal import in_colour, painted

ROLES = ("serve", "worker", "relay", "admin")
ChecksFor = Callable[[Collection[str]], Mapping[str, Check]]
COLOURS = {Level.OK: 32, Level.WARNING: 33, Level.FAILED: 31}


def report_on(
    service: str,
    arguments: Sequence[str],
    set_up: Callable[[], None],
    checks_for: ChecksFor,
    roles: Sequence[str] = ROLES,
) -> int:
    """Checks what a process of each role needs. Returns 1 when anything failed, else 0.

    `set_up` reads the settings; when it fails no other check is run.
    """
    # What the checks' calls log goes elsewhere: standard output is the report's.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    parser = argparse.ArgumentParser(prog=f"python -m {service} doctor", description=__doc__)
    parser.add_argument(
        "role", nargs="?", choices=roles, help="what the process does; by default all of it"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument(
        "--settings", action="store_true", help="only list the settings that are read, as JSON"
    )
    options = parser.parse_args(arguments)
    if options.settings:
        set_up()
        print(json.dumps([asdict(each) for each in config.declared.values()]))
        return 0
    wrong = _settings(set_up)
    checks: dict[str, Check] = {"settings": lambda: [wrong or ok("all are there and well-formed")]}
    if wrong is None:
        checks |= checks_for([options.role] if options.role else roles)
    return report(service, checks, as_document=options.json)


def _settings(set_up: Callable[[], None]) -> Finding | None:
    try:
        set_up()
    except Exception as error:  # noqa: BLE001  # settings are code, which fails in any way
        return failed(first_line(error), "docs/configuration.md lists all settings")
    return None


class Entry(NamedTuple):
    check: str
    finding: Finding


def examined(checks: Mapping[str, Check]) -> Iterator[Entry]:
    """Yields what each check finds; one that breaks is a finding, and the others still run."""
    for name, check in checks.items():
        try:
            for finding in check():
                yield Entry(name, finding)
        except Exception as error:  # noqa: BLE001  # whatever it is, the next may tell more
            says = f"{type(error).__name__}: {first_line(error)}"
            yield Entry(name, failed(says, "this is a fault of the doctor: report it"))


def line(entry: Entry, *, coloured: bool) -> str:
    level = entry.finding.level
    word = painted(f"{level:<8}", COLOURS[level], coloured=coloured)
    return f"{word} {entry.check:<13} {entry.finding}"


def as_json(service: str, entries: Sequence[Entry]) -> str:
    found = [{"check": check, **asdict(finding)} for check, finding in entries]
    return json.dumps({"service": service, "checks": found})


def report(service: str, checks: Mapping[str, Check], *, as_document: bool) -> int:
    """Prints the findings. Returns the exit code: 1 when anything failed."""
    coloured = in_colour()
    entries = []
    for entry in examined(checks):
        entries.append(entry)
        if not as_document:
            print(line(entry, coloured=coloured), flush=True)
    if as_document:
        print(as_json(service, entries))
    return int(any(entry.finding.level is Level.FAILED for entry in entries))
