"""The table of fault by invariant, and the same as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.checker import Finding

INVARIANTS = ("I1", "I2", "I3", "I4", "I5", "I6", "I7")
NAME, CELL = 36, 9
SHOWN = 10


@dataclass(frozen=True)
class Result:
    """`recovered_in_s`: from healed to all at rest."""

    fault: str
    invariants: Mapping[str, Finding]
    recovered_in_s: float

    @property
    def violations(self) -> list[str]:
        return [
            f"{name}: {text}"
            for name, finding in self.invariants.items()
            for text in finding.violations
        ]


def heading() -> str:
    cells = "".join(f"{name:>{CELL}}" for name in INVARIANTS)
    below = f"{'checked/violations':>{CELL * len(INVARIANTS)}}"
    return f"{'fault':<{NAME}}{cells}   at rest\n{'':<{NAME}}{below}"


def line(result: Result) -> str:
    """A row, and under it the first of what was violated."""
    findings = [result.invariants[name] for name in INVARIANTS]
    cells = "".join(f"{f'{each.checked}/{len(each.violations)}':>{CELL}}" for each in findings)
    row = f"{result.fault:<{NAME}}{cells}   after {result.recovered_in_s:.1f} s"
    return "\n".join([row, *(f"    {text}" for text in result.violations[:SHOWN])])


def write(results: Sequence[Result], file: Path) -> None:
    documents = [
        {
            "fault": result.fault,
            "invariants": {
                name: {"checked": each.checked, "violations": len(each.violations)}
                for name, each in result.invariants.items()
            },
            "recovered_in_s": round(result.recovered_in_s, 2),
        }
        for result in results
    ]
    file.write_text(json.dumps(documents, indent=2) + "\n")
