"""A short selection of `make fuzz`: every RPC and every operation, but little of each."""

import json
from pathlib import Path

from mesh.contract.model import market_contract
from tests.fuzz.suite import Plan, run

PLAN = Plan(seed=1, examples=2, calls=1, examples_a_turn=4, seconds=1800)


def test_hostile_input_gets_typed_answers_of_the_contract_and_nothing_else(tmp_path: Path) -> None:
    report = run(PLAN, tmp_path / "fuzz")
    assert not report.failed  # what was wrong is printed
    assert all(run.complete for run in report.edge)
    assert report.servicers.outcomes.keys() == market_contract().methods.keys()
    report.write(tmp_path / "latest.json")
    written = json.loads((tmp_path / "latest.json").read_text())
    assert written["servicers"] == {"calls": report.servicers.calls, "unexpected_codes": 0}
    bindings = sum(len(method.bindings) for method in market_contract())
    assert written["schemathesis"]["operations"] == bindings
    assert written["schemathesis"]["cases"] > bindings
    assert written["schemathesis"]["failures"] == 0
