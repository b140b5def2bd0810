"""No change of the contract that breaks somebody goes unseen, and no other is held up."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from google.api import annotations_pb2
from google.protobuf import descriptor_pb2

from mesh.contract.compile import compile_protos, third_party_descriptors
from tests.contract.breaking.changes import BREAKING, COMPATIBLE, ORDER, Change, change
from tools.breaking.compare import breaking
from tools.breaking.files import parts
from tools.breaking.routes import route_findings
from tools.protos import ROOT

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


@pytest.mark.parametrize(
    ("sunset", "rules"), [("2026-11-29", ["SUNSET_PAST"]), ("2026-11-30", []), ("", [])]
)
def test_callers_are_told_of_a_sunset_before_it_has_passed(
    now: bytes, tmp_path: Path, sunset: str, rules: list[str]
) -> None:
    found = breaking(now, changed(ending(sunset), tmp_path), today=TODAY)
    assert [one.rule for one in found] == rules


@pytest.mark.parametrize(
    ("old", "new", "taken"),
    [
        ("/shelves/{name=**}", "/shelves/red/books", True),
        ("/shelves/{name=**}", "/shelves/{name}", True),
        ("/{name=shelves/*/books/*}", "/shelves/red/books/{book}", True),
        ("/shelves/{shelf}/books", "/shelves/red/{what}", True),
        ("/shelves/{name=**}", "/shelves", True),
        ("/shelves/red/books", "/shelves/{name=**}", False),
        ("/shelves/red/{what}", "/shelves/{shelf}/books", False),
        ("/{name=shelves/*/books/*}", "/shelves/red/films/{film}", False),
        ("/{name=shelves/*/books/*}", "/{name=shelves/*}", False),
        ("/shelves/{shelf}", "/shelves/{shelf}:sort", False),
    ],
)
def test_a_new_route_takes_no_path_of_another(old: str, new: str, taken: bool) -> None:
    before, after = routed(old), routed(old, new)
    found = list(route_findings(parts(before), parts(after)))
    assert [one.rule for one in found] == ["REST_ROUTE_SHADOWED"] * taken


def routed(*paths: str) -> bytes:
    """Returns a contract with an RPC for each path."""
    file = descriptor_pb2.FileDescriptorProto(
        name="shelf.proto", package="market.shelf.v1", syntax="proto3"
    )
    file.dependency.append("google/api/annotations.proto")
    file.message_type.add(name="Message")
    service = file.service.add(name="ShelfService")
    for number, path in enumerate(paths):
        kind = ".market.shelf.v1.Message"
        rpc: Any = service.method.add(name=f"Do{number}", input_type=kind, output_type=kind)
        rpc.options.Extensions[annotations_pb2.http].get = path
    files = third_party_descriptors()
    files.file.append(file)
    return files.SerializeToString()


def ending(sunset: str) -> Change:
    """Returns the change that deprecates an RPC."""
    option = (
        "    option deprecated = true;\n    option (market.options.v1.life_cycle) = "
        f'{{deprecated_since: "2026-01-01" sunset: "{sunset}"}};\n'
    )
    start = "    option idempotency_level"
    return change("deprecated", ORDER, "rpc GetOrder(", start, option + start)
