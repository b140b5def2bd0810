"""What a migration must not do while the version before it serves."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.migrations.written import Written

SQUAWK = Path(sys.executable).with_name("squawk")
# The migrate command sets both timeouts. The others are of taste, and about what Django writes.
NOT_ASKED = (
    "require-lock-timeout",
    "require-statement-timeout",
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    "prefer-identity",
    "prefer-robust-stmts",
    "prefer-text-field",
)
ROWS_AT_ONCE = "rows-changed-at-once"
_CHANGES_ROWS = re.compile(r"(UPDATE|DELETE|MERGE|TRUNCATE|WITH|INSERT\b.*\bSELECT)\b", re.I | re.S)


def refused(migration: Written) -> Iterator[str]:
    """Yields a line for each rule that is broken without a reason, or excused without need."""
    broken = list(_broken(migration))
    for rule, why in broken:
        if not migration.accepted.get(rule):
            yield f"{migration.name}: {rule}: {why}"
    for rule in migration.accepted.keys() - {rule for rule, _ in broken}:
        yield f"{migration.name}: accepts {rule}, which it does not break"


def _broken(migration: Written) -> Iterator[tuple[str, str]]:
    """Yields rules and why; a rule comes as often as it is broken."""
    if migration.runs_python and migration.atomic:
        yield ROWS_AT_ONCE, "RunPython goes into a migration with `atomic = False`, in batches"
    for statement in migration.statements:
        if _CHANGES_ROWS.match(statement.strip()):
            first = statement.strip().splitlines()[0]
            yield ROWS_AT_ONCE, f"{first} …: its rows are locked until the end; do it in batches"
    asked = subprocess.run(
        [
            *(str(SQUAWK), "--pg-version=16", f"--exclude={','.join(NOT_ASKED)}"),
            *("--reporter=json", f"--stdin-filepath={migration.name}.sql"),
        ],
        input=migration.sql,
        capture_output=True,
        text=True,
        check=False,
    )
    for found in json.loads(asked.stdout):
        line = migration.sql.splitlines()[found["line"]].strip()
        yield found["rule_name"], f"{line}: {found['message']} {found['help'] or ''}".rstrip()
