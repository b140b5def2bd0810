"""Runs checks, and says what they found, to people and to programs."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import NamedTuple

from mesh.checks.findings import Check, Finding, Level, failed, first_line

COLOURS = {Level.OK: 32, Level.WARNING: 33, Level.FAILED: 31}


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
    word = f"{entry.finding.level:<8}"
    if coloured:
        word = f"\x1b[{COLOURS[entry.finding.level]}m{word}\x1b[0m"
    return f"{word} {entry.check:<13} {entry.finding}"


def report(service: str, checks: Mapping[str, Check], *, as_document: bool) -> int:
    """Prints the findings. Returns the exit code: 1 when anything failed."""
    entries = []
    for entry in examined(checks):
        entries.append(entry)
        if not as_document:
            print(line(entry, coloured=sys.stdout.isatty()), flush=True)
    if as_document:
        checks = [{"check": check, **asdict(found)} for check, found in entries]
        print(json.dumps({"service": service, "checks": checks}))
    return int(any(entry.finding.level is Level.FAILED for entry in entries))
