"""The short selection of `make chaos`."""

import json
from pathlib import Path

from tests.chaos.faults import FAULTS
from tests.chaos.suite import chosen, run_all


def test_no_invariant_is_violated_by_the_faults_of_the_short_selection(tmp_path: Path) -> None:
    faults = chosen(FAULTS, only=[], short=True)
    results = run_all(faults, seed=1, seconds=None, into=tmp_path / "chaos")
    assert [violation for result in results for violation in result.violations] == []
    written = json.loads((tmp_path / "chaos" / "latest.json").read_text())
    assert [each["fault"] for each in written] == [fault.name for fault in faults]
    assert all(each["invariants"]["I1"]["checked"] for each in written)
