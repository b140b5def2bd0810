"""The command `doctor`, for a service and for the edge."""

import argparse
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict

from mesh.checks.findings import Check, Finding, failed, first_line, ok
from mesh.checks.report import report
from mesh.core import config

ROLES = ("serve", "worker", "relay", "admin")
ChecksFor = Callable[[Collection[str]], Mapping[str, Check]]


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
