"""No change of the contract that breaks somebody goes unseen, and no other is held up."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from tests.contract.breaking.changes import BREAKING, COMPATIBLE, ORDER, Change, change
from tools.breaking.compare import breaking
from tools.protos import ROOT, compile_protos

TODAY = date(2026, 11, 29)


@pytest.fixture(scope="module")
def now(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Returns the contract as it is."""
    out = tmp_path_factory.mktemp("now") / "now.binpb"
    compile_protos(ROOT / "protos", descriptors=out)
    return out.read_bytes()


@pytest.mark.parametrize("change", BREAKING, ids=lambda change: change.name)
def test_a_break_is_found_by_its_name(change: Change, now: bytes, tmp_path: Path) -> None:
    found = breaking(now, changed(change, tmp_path), today=TODAY)
    assert {one.rule for one in found} == change.rules
    assert all(one.breaks and one.what and one.instead for one in found)


@pytest.mark.parametrize("change", COMPATIBLE, ids=lambda change: change.name)
def test_what_breaks_nobody_is_let_through(change: Change, now: bytes, tmp_path: Path) -> None:
    assert breaking(now, changed(change, tmp_path), today=TODAY) == []


def test_nothing_is_found_where_nothing_changed(now: bytes) -> None:
    assert breaking(now, now, today=TODAY) == []


def changed(change: Change, folder: Path) -> bytes:
    """Returns the contract with one change."""
    protos = folder / "protos"
    shutil.copytree(ROOT / "protos", protos)
    path = protos / change.file
    text = path.read_text()
    start = text.index(change.after)
    before, text = text[:start], text[start:]
    for old, new in change.edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(before + text)
    compile_protos(protos, descriptors=folder / "changed.binpb")
    return (folder / "changed.binpb").read_bytes()


@pytest.mark.parametrize(
    ("sunset", "rules"),
    [("2026-11-29", set()), ("2026-11-30", {"RPC_NO_DELETE"}), ("", {"RPC_NO_DELETE"})],
)
def test_an_rpc_may_go_when_its_sunset_has_passed(
    tmp_path: Path, sunset: str, rules: set[str]
) -> None:
    deprecated = ending(sunset)
    gone = change("gone", ORDER, "", "rpc GetOrder(", "rpc FetchOrder(")
    found = breaking(
        changed(deprecated, tmp_path / "old"), changed(gone, tmp_path / "new"), today=TODAY
    )
    assert {one.rule for one in found} == rules


def test_a_sunset_does_not_come_earlier_than_was_told(tmp_path: Path) -> None:
    told, now = (changed(ending(day), tmp_path / day) for day in ("2027-06-01", "2027-03-01"))
    assert [one.rule for one in breaking(told, now, today=TODAY)] == ["SUNSET_EARLIER"]
    assert breaking(now, told, today=TODAY) == []


def ending(sunset: str) -> Change:
    """Returns the change that deprecates an RPC."""
    option = (
        "    option deprecated = true;\n    option (market.options.v1.life_cycle) = "
        f'{{deprecated_since: "2026-01-01" sunset: "{sunset}"}};\n'
    )
    start = "    option idempotency_level"
    return change("deprecated", ORDER, "rpc GetOrder(", start, option + start)
