"""A second version of a package lives beside the first, as docs/contracts.md says."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2

from mesh.contract.compile import compile_protos
from mesh.contract.model import Contract
from tools.breaking.compare import breaking
from tools.protos import ROOT

TODAY = date(2026, 11, 29)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Returns the contract with a copy of every package's v1 as its v2, but the options."""
    protos = tmp_path_factory.mktemp("both") / "protos"
    shutil.copytree(ROOT / "protos", protos)
    for package in ("catalog", "order", "payment", "user"):
        shutil.copytree(protos / "market" / package / "v1", protos / "market" / package / "v2")
    for path in protos.rglob("v2/*.proto"):
        path.write_text(second_version(path.read_text()))
    compile_protos(protos, descriptors=protos / "both.binpb")
    return (protos / "both.binpb").read_bytes()


def second_version(text: str) -> str:
    for package in ("catalog", "order", "payment", "user"):
        for a, b in (("market.{}.v1", "market.{}.v2"), ("market/{}/v1", "market/{}/v2"),
                     ("marketmesh.{}.v1", "marketmesh.{}.v2"), ("{}v1", "{}v2")):  # fmt: skip
            text = text.replace(a.format(package), b.format(package))
    return text.replace('"/api/', '"/api/v2/').replace("/.well-known/", "/api/v2/.well-known/")


def test_v2_changes_nothing_of_v1(both: bytes, tmp_path: Path) -> None:
    compile_protos(ROOT / "protos", descriptors=tmp_path / "now.binpb")
    assert breaking((tmp_path / "now.binpb").read_bytes(), both, today=TODAY) == []


def test_both_are_served_under_routes_of_their_own(both: bytes) -> None:
    contract = Contract.from_descriptor_set(both)
    routes = [(b.verb, b.template) for method in contract for b in method.bindings]
    assert len(routes) == len(set(routes))
    first = {method.path for method in contract if ".v1." in method.path}
    second = {method.path for method in contract if ".v2." in method.path}
    assert second == {path.replace(".v1.", ".v2.") for path in first}


def test_each_version_has_packages_of_its_own_in_every_language(both: bytes) -> None:
    files = descriptor_pb2.FileDescriptorSet.FromString(both).file
    for option in ("go_package", "java_package"):
        of = {
            f.package: getattr(f.options, option) for f in files if f.package.startswith("market")
        }
        assert len(set(of.values())) == len(of)
