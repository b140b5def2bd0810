"""The recorded costs, a folder for each minor version of Python, and what differs from them.

`figures.json` has what is checked; a table for each member has how often it calls each function
on each path, to show where a figure grew.
"""

import csv
import json
import platform
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.costs.counting import Cost

VERSION = ".".join(platform.python_version_tuple()[:2])
FOLDER = Path(__file__).parent / "recorded" / VERSION
FIGURES = FOLDER / "figures.json"
TOLERANCE = 0.05
SHOWN = 12
# One statement or RPC more is one too many, however many there are.
WHOLE = {"statements", "rpcs"}


@dataclass(frozen=True)
class Record:
    """What is recorded of one path."""

    figures: dict[str, int]
    statements: list[str]
    functions: dict[str, dict[str, int]]


def read() -> dict[str, Record]:
    """Returns what is recorded for this version of Python, by path; nothing where nothing is."""
    if not FIGURES.exists():
        return {}
    functions = _read_functions()
    return {
        path: Record(known["figures"], known["statements"], functions[path])
        for path, known in json.loads(FIGURES.read_text()).items()
    }


def write(costs: Mapping[str, Cost]) -> None:
    """Records the costs of all paths."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    figures = {
        path: {"figures": cost.figures(), "statements": [*map(_short, cost.statements)]}
        for path, cost in costs.items()
    }
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n")
    for member in {member for cost in costs.values() for member in cost.busy()}:
        calls = [cost.busy().get(member, {}) for cost in costs.values()]
        with (FOLDER / f"{member}.tsv").open("w") as file:
            table = csv.writer(file, delimiter="\t", lineterminator="\n")
            table.writerow(["function", *costs])
            for name in sorted({name for functions in calls for name in functions}):
                table.writerow([name, *(functions.get(name, 0) for functions in calls)])


def dearer(recorded: Mapping[str, int], found: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Returns the figures that grew beyond the tolerance: what was recorded, what was found."""
    return {
        name: (recorded.get(name, 0), count)
        for name, count in found.items()
        if count > recorded.get(name, 0) * (1 if name in WHOLE else 1 + TOLERANCE)
    }


def growth(recorded: Record, cost: Cost) -> Iterator[str]:
    """Yields what grew most, a line each: functions by member, then statements that are new."""
    for member, functions in cost.busy().items():
        before = Counter(recorded.functions.get(member, {}))
        grown = {name: count - before[name] for name, count in functions.items()}
        for name, more in sorted(grown.items(), key=lambda item: -item[1])[:SHOWN]:
            if more > 0:
                yield f"{member}: {name} {before[name]} → {functions[name]}"
    now = Counter(map(_short, cost.statements))
    for statement, more in (now - Counter(recorded.statements)).items():
        yield f"{more} more: {statement}"


def _read_functions() -> dict[str, dict[str, dict[str, int]]]:
    """Returns the calls by path, member and function."""
    found: dict[str, dict[str, dict[str, int]]] = {}
    for file in FOLDER.glob("*.tsv"):
        with file.open() as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                name = row.pop("function")
                for path, count in row.items():
                    found.setdefault(path, {}).setdefault(file.stem, {})[name] = int(count)
    return found


def _short(statement: str) -> str:
    return re.sub(r"s\d+_x\d+", "s", " ".join(statement.split()))[:100]
