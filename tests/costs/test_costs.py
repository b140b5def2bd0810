"""No hot path costs more than is recorded; `make costs` shows where one grew."""

import pytest

from tests.costs import recorded
from tests.costs.counting import PATHS, Cost, measure
from tests.support.left_out import leave_out

RECORDED = recorded.read()


@pytest.fixture(scope="module")
def costs() -> dict[str, Cost]:
    if not RECORDED:
        leave_out(f"no costs are recorded for Python {recorded.VERSION}")
    return measure()


@pytest.mark.parametrize("path", PATHS)
def test_a_request_costs_no_more_than_is_recorded(path: str, costs: dict[str, Cost]) -> None:
    grown = recorded.dearer(RECORDED[path].figures, costs[path].figures())
    assert not grown, "\n".join([f"{path}: {grown}", *recorded.growth(RECORDED[path], costs[path])])


def test_growth_beyond_the_tolerance_is_found_and_one_statement_more_is_too_much() -> None:
    before = {"statements": 40, "edge_api calls": 1000}
    assert recorded.dearer(before, {"statements": 40, "edge_api calls": 1049}) == {}
    assert recorded.dearer(before, {"statements": 41, "edge_api calls": 1051}) == {
        "statements": (40, 41),
        "edge_api calls": (1000, 1051),
    }
