"""The short selection of `make chaos`."""

import json
from pathlib import Path

from tests.chaos.faults import FAULTS
from tests.chaos.suite import Manner, chosen, run_all

# A machine that others use as well keeps any answer waiting; `make chaos` is exact.
LATE_S = 20.0


def test_no_invariant_is_violated_by_the_faults_of_the_short_selection(tmp_path: Path) -> None:
    faults = chosen(FAULTS, only=[], short=True)
    results = run_all(faults, Manner(seed=1, into=tmp_path / "chaos", late_s=LATE_S))
    assert [violation for result in results for violation in result.violations] == []
    written = json.loads((tmp_path / "chaos" / "latest.json").read_text())
    assert [each["fault"] for each in written] == [fault.name for fault in faults]
    assert all(each["invariants"]["I1"]["checked"] for each in written)
