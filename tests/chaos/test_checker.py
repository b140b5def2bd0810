"""A checker that finds nothing is worth something only if it would find what is wrong."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.chaos.checker import check
from tests.chaos.history import TIMED_OUT, Event, History
from tests.chaos.snapshot import Captured, Mail, Order, Snapshot

ADDRESS = "ada@example.org"
CONFIRMED = Order("o1", "ada", "CONFIRMED", 500, 100)
WELL = Snapshot(
    users={"ada": ADDRESS},
    orders=[CONFIRMED, Order("o2", "ada", "CANCELLED", 500, 0)],
    captures={"o1": Captured(1, 400, 100)},
    mails=[
        Mail("m0", "welcome:ada", "SENT"),
        Mail("m1", "order_confirmed:o1", "SENT"),
        Mail("m2", "order_cancelled:o2", "SENT"),
        Mail("m3", "refund_issued:o1:100", "SENT"),
    ],
    received={ADDRESS: ["m0@market", "m1@market", "m1@market", "m2@market", "m3@market"]},
)
REGISTERED = Event("ok", "register", "r", "", status=201, resource="ada", allowed_s=5)
PLACED = Event("ok", "order", "k1", "ada", status=201, resource="o1", allowed_s=5)
ALSO_PLACED = Event("ok", "order", "k2", "ada", status=201, resource="o2", allowed_s=5)
EVENTS = (REGISTERED, PLACED, ALSO_PLACED)


def with_first(order: Order, captured: Captured = WELL.captures["o1"]) -> Snapshot:
    """Well but for its first order."""
    return replace(WELL, orders=[order, *WELL.orders[1:]], captures={"o1": captured})


def broken(
    folder: Path, snapshot: Snapshot, events: Sequence[Event] = EVENTS, *, no_failure: bool = False
) -> list[str]:
    """The invariants that are found to be violated."""
    with History(folder / "history.jsonl") as history:
        for event in events:
            history.add(event)
        findings = check(history, snapshot, not_at_rest=[], no_failure=no_failure)
    return [name for name, finding in findings.items() if finding.violations]


def test_a_mesh_that_is_well_breaks_nothing_and_a_mail_may_arrive_twice(tmp_path: Path) -> None:
    assert broken(tmp_path, WELL) == []


@pytest.mark.parametrize(
    ("snapshot", "invariant"),
    [
        (replace(WELL, users={}), "I1"),
        (replace(WELL, orders=WELL.orders[:1]), "I1"),
        (replace(WELL, orders=[*WELL.orders, Order("o3", "ada", "PENDING", 500, 0)]), "I1"),
        (replace(WELL, captures={"o1": Captured(2, 900, 100)}), "I2"),
        (replace(WELL, captures={}), "I2"),
        (replace(WELL, captures={**WELL.captures, "o2": Captured(1, 500, 0)}), "I2"),
        (replace(WELL, complaints=["checkledger: one violation"]), "I2"),
        (replace(WELL, mails=WELL.mails[:2]), "I3"),
        (replace(WELL, mails=WELL.mails[:3]), "I3"),
        (replace(WELL, received={ADDRESS: ["m0@market", "m1@market"]}), "I3"),
        (replace(WELL, received={ADDRESS: [*WELL.received[ADDRESS], "m4@market"]}), "I3"),
        (replace(WELL, stock_gap=-1), "I6"),
        (replace(WELL, captures={"o1": Captured(1, 300, 200)}), "I7"),
        (replace(WELL, captures={"o1": Captured(1, 500, 0)}), "I7"),
        (with_first(replace(CONFIRMED, refunded_minor=0)), "I7"),
        (with_first(replace(CONFIRMED, refunded_minor=500), Captured(1, 0, 500)), "I7"),
        (with_first(replace(CONFIRMED, state="REFUNDED")), "I7"),
    ],
)
def test_what_a_snapshot_lacks_or_holds_too_much_of_is_found(
    tmp_path: Path, snapshot: Snapshot, invariant: str
) -> None:
    assert invariant in broken(tmp_path, snapshot)


@pytest.mark.parametrize(
    ("event", "invariant"),
    [
        (replace(PLACED, resource="o2"), "I1"),
        (replace(PLACED, kind="unknown", status=500), "I4"),
        (replace(PLACED, kind="unknown", status=503), "I4"),
        (replace(PLACED, took_s=5.3), "I5"),
        (replace(PLACED, kind="unknown", status=0, code=TIMED_OUT, took_s=8), "I5"),
        (Event("invoke", "order", "k3", "ada"), "I6"),
    ],
)
def test_an_answer_that_should_not_be_is_found(
    tmp_path: Path, event: Event, invariant: str
) -> None:
    assert broken(tmp_path, WELL, [*EVENTS, event]) == [invariant]


def test_a_service_may_be_away_except_where_no_failure_is_promised(tmp_path: Path) -> None:
    away = replace(PLACED, kind="unknown", status=503, retry_after=True)
    assert broken(tmp_path, WELL, [*EVENTS, away]) == []
    assert broken(tmp_path, WELL, [*EVENTS, away], no_failure=True) == ["I4"]
