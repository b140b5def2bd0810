"""The result of a run, as a table for people and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.servicers import Tally


@dataclass(frozen=True)
class EdgeRun:
    """One run of schemathesis; `failures` counts cases, `log` is what it said.

    It is not `complete` where the time ran out.
    """

    identity: str
    operations: int
    cases: int
    failures: int
    log: Path
    complete: bool = True


@dataclass(frozen=True)
class Report:
    """`grown` says which servicer's memory grew more than it may, `dear` what cost too much."""

    edge: Sequence[EdgeRun] = ()
    servicers: Tally = field(default_factory=Tally)
    grown: Sequence[str] = ()
    dear: Sequence[str] = ()

    @property
    def failed(self) -> bool:
        found = (*self.servicers.findings, *self.grown, *self.dear)
        return bool(found or any(run.failures for run in self.edge))

    def write(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        edge = {
            "operations": max((run.operations for run in self.edge), default=0),
            "cases": sum(run.cases for run in self.edge),
            "failures": sum(run.failures for run in self.edge),
        }
        tally = self.servicers
        calls = {"calls": tally.calls, "unexpected_codes": len(tally.findings)}
        file.write_text(json.dumps({"schemathesis": edge, "servicers": calls}, indent=2) + "\n")
