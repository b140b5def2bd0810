"""The recorded costs, one file for each minor version of Python, and what differs from them."""

import json
import platform
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.costs.counting import Cost

FOLDER = Path(__file__).parent / "recorded"
VERSION = ".".join(platform.python_version_tuple()[:2])
FILE = FOLDER / f"{VERSION}.json"
TOLERANCE = 0.05
SHOWN = 12
# One statement or RPC more is one too many, however many there are.
WHOLE = {"statements", "rpcs"}


def read() -> dict[str, Any]:
    return dict(json.loads(FILE.read_text())) if FILE.exists() else {}


def write(costs: Mapping[str, Cost]) -> None:
    """Records these costs in place of those of the same paths."""
    recorded = read() | {
        path: {
            "figures": cost.figures(),
            "statements": [_short(statement) for statement in cost.statements],
            "functions": cost.functions,
        }
        for path, cost in costs.items()
    }
    FOLDER.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n")


def dearer(recorded: Mapping[str, int], found: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Returns the figures that grew beyond the tolerance: what was recorded, what was found."""
    return {
        name: (recorded.get(name, 0), count)
        for name, count in found.items()
        if count > recorded.get(name, 0) * (1 if name in WHOLE else 1 + TOLERANCE)
    }


def growth(recorded: Mapping[str, Any], cost: Cost) -> Iterator[str]:
    """Yields what grew most, a line each: functions by member, then statements that are new."""
    for member, functions in cost.functions.items():
        before = Counter(recorded["functions"].get(member, {}))
        grown = {name: count - before[name] for name, count in functions.items()}
        for name, more in sorted(grown.items(), key=lambda item: -item[1])[:SHOWN]:
            if more > 0:
                yield f"{member}: {name} {before[name]} → {functions[name]}"
    now = Counter(map(_short, cost.statements))
    for statement, more in (now - Counter(recorded["statements"])).items():
        yield f"{more} more: {statement}"


def _short(statement: str) -> str:
    return " ".join(statement.split())[:100]
