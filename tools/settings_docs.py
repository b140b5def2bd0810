"""Makes docs/configuration.md from what every member of the mesh says that it reads.

`python -m tools.settings_docs` writes it; `--check` fails when what is committed differs,
or a setting does not say what it is for. Members are asked as they are set up for production;
where a default is another in development, the setting says so.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from dev.config import MEMBERS, PORTS, ROOT, short_name
from tools.gates import deployed
from tools.made import write_or_check

DOCUMENT = ROOT / "docs" / "configuration.md"
UNITS = {"_S": "seconds", "_MS": "milliseconds", "_BYTES": "bytes"}
# With an endpoint named, the settings that follow from one are read too.
PROTOCOLS = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}
HEAD = """\
# Configuration

Made by `make gen` from the code: don't edit it. Every setting is an environment variable.
A value `X` may also be given as the path of a file in `X_FILE`, as container engines hand
over secrets. A process that lacks one, or has a malformed one, does not start, and names it;
`python -m <service> doctor` looks at all of them, and at what they point to.

The OpenTelemetry SDK reads its other standard variables itself, such as
`OTEL_TRACES_SAMPLER`, `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_EXPORTER_OTLP_HEADERS`. Besides,
`python -m mesh.runtime.probe`, a container's health check, asks what `HEALTH_TARGET` names, and
`createstaff` takes a password from `STAFF_PASSWORD` rather than ask for it.

| variable | read by | value | default | |
|---|---|---|---|---|
"""
LOCAL = """
## The local run

`make up` gives every process the settings above, takes over those that are set already,
an engine's URL too, and moves its ports, all on 127.0.0.1, by these:

| variable | default | |
|---|---|---|
"""


class Row(NamedTuple):
    """One setting, as members that agree on it declare it."""

    name: str
    kind: str
    default: str
    about: str


def main() -> int:
    return write_or_check({DOCUMENT: document(declared_by(MEMBERS))}, "the code")


def declared_by(members: Sequence[str]) -> dict[Row, list[str]]:
    """Returns which members read each setting.

    Raises SystemExit for a setting that does not say what it is for.
    """
    readers: dict[Row, list[str]] = {}
    with ThreadPoolExecutor(max_workers=4) as asking:  # each is a process of its own
        for member, declared in zip(members, asking.map(_ask, members), strict=True):
            for said in declared:
                if not said["about"]:
                    sys.exit(f"{said['name']}, which {member} reads, does not say what it is for")
                readers.setdefault(_row(**said), []).append(member)
    return readers


def _ask(member: str) -> list[dict[str, str]]:
    command = [sys.executable, "-m", member, "doctor", "--settings"]
    told = {"PYTHONPATH": os.environ["PYTHONPATH"]} | PROTOCOLS | deployed()
    said = subprocess.run(command, cwd=ROOT, env=told, check=True, stdout=subprocess.PIPE)
    declared: list[dict[str, str]] = json.loads(said.stdout)
    return declared


def _row(name: str, kind: str, default: str | None, about: str) -> Row:
    units = [unit for suffix, unit in UNITS.items() if name.endswith(suffix)]
    shown = "**must be set**" if default is None else f"`{default}`" if default else "none"
    return Row(name, ", ".join([kind, *units]), shown, about)


def document(readers: Mapping[Row, list[str]]) -> str:
    """Returns the page; settings that most members read come first."""
    ordered = sorted(readers.items(), key=lambda item: (-len(item[1]), item[1], item[0]))
    rows = (
        f"| `{row.name}` | {_who(members)} | {row.kind} | {row.default} | {row.about} |\n"
        for row, members in ordered
    )
    ports = (f"| `{name}` | {port} | {what} |\n" for name, (port, what) in PORTS.items())
    return "".join([HEAD, *rows, LOCAL, *ports])


def _who(members: list[str]) -> str:
    if len(members) == len(MEMBERS):
        return "all"
    return ", ".join(map(short_name, members))


if __name__ == "__main__":
    sys.exit(main())
