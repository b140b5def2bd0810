"""The bundle is whole: it builds elsewhere, and its wheel installs beside any other package."""

import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pb2

from market.options.v1 import options_pb2
from tools.bundle.changelog import changelog, version_after
from tools.bundle.wheel import make_client_wheel, make_wheel
from tools.protos import GENERATED, ROOT

TODAY = date(2026, 11, 29)
LANGUAGES = {"csharp", "go", "java", "kotlin", "rust", "typescript"}
PLACES_AN_ORDER = """
from marketmesh_contracts.market.order.v1 import order_pb2, order_pb2_grpc
from marketmesh_contracts.market.options.v1 import options_pb2
rpc = order_pb2.DESCRIPTOR.services_by_name["OrderService"].methods_by_name["CreateOrder"]
deadline_ms = rpc.GetOptions().Extensions[options_pb2.deadline_ms]
print(deadline_ms, order_pb2_grpc.OrderServiceStub.__name__)
"""


def test_the_bundle_builds_by_itself_and_is_what_its_set_says(bundle: Path) -> None:
    built = bundle / "built.binpb"
    subprocess.run(["buf", "build", "-o", str(built)], cwd=bundle, check=True, timeout=60)
    sources = descriptor_pb2.FileDescriptorSet.FromString(built.read_bytes()).file
    ours = descriptor_pb2.FileDescriptorSet.FromString(
        (bundle / "descriptors/market.binpb").read_bytes()
    ).file
    assert messages(sources) == messages(ours)


def messages(files: object) -> dict[str, list[str]]:
    """Returns the messages of each file, but protobuf's own, with their fields."""
    return {
        file.name: [
            f"{one.name} {field.name} {field.number}"
            for one in file.message_type
            for field in one.field
        ]
        for file in files  # type: ignore[attr-defined]  # a list of protobuf's own
        if not file.name.startswith("google/protobuf/")
    }


def test_it_says_how_code_is_made_in_each_language(bundle: Path) -> None:
    found = {path.name.split(".")[2] for path in bundle.glob("buf.gen.*.yaml")}
    assert found == LANGUAGES
    assert (bundle / "VERSION").read_text().strip() in (bundle / "CHANGELOG.md").read_text()


def test_it_has_pages_for_people(bundle: Path) -> None:
    assert (bundle / "clients/go-service.md").exists()
    assert (bundle / "reference/index.html").exists()


def test_the_wheel_has_nothing_at_the_top_but_its_package(tmp_path: Path) -> None:
    wheel = make_wheel("1.2.3", GENERATED, tmp_path)
    with zipfile.ZipFile(wheel) as packed:
        tops = {name.partition("/")[0] for name in packed.namelist()}
        packed.extractall(tmp_path / "site")
    assert tops == {"marketmesh_contracts", "marketmesh_contracts-1.2.3.dist-info"}
    done = subprocess.run(
        [sys.executable, "-c", PLACES_AN_ORDER],
        env={"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "5000 OrderServiceStub\n", done.stderr


def test_the_client_s_wheel_runs_on_that_of_the_contracts(tmp_path: Path) -> None:
    client = make_client_wheel("1.2.3", ROOT / "tools" / "market", tmp_path)
    for wheel in (client, make_wheel("1.2.3", GENERATED, tmp_path)):
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(tmp_path / "site")
    information = tmp_path / "site" / "marketmesh_client-1.2.3.dist-info"
    assert "market = marketmesh_client.cli:main" in (information / "entry_points.txt").read_text()
    assert "marketmesh-contracts==1.2.3" in (information / "METADATA").read_text()
    run = "from marketmesh_client.cli import run; raise SystemExit(run())"
    done = subprocess.run(
        [sys.executable, "-c", run, "products", "--address", "127.0.0.1:1"],
        env={"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, "is the mesh running" in done.stderr) == (8, True), done.stderr


def test_the_wheel_is_the_same_each_time(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    first, second = (make_wheel("1.2.3", GENERATED, tmp_path / at) for at in (".", "again"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("change", "version", "line"),
    [
        ("nothing", "1.0.0", "As released."),
        ("field", "1.1.0", "- new: `market.order.v1.OrderItem.colour`"),
        ("comment", "1.0.1", "- comments, examples or looser limits only"),
        (
            "deprecated",
            "1.1.0",
            "GetOrder`: Deprecated since 2026-12-01. May be gone from 2027-06-01",
        ),
    ],
)
def test_the_version_says_how_much_is_new(change: str, version: str, line: str) -> None:
    before = (GENERATED / "descriptors/market.binpb").read_bytes()
    files = descriptor_pb2.FileDescriptorSet.FromString(before)
    (orders,) = [file for file in files.file if file.name == "market/order/v1/order.proto"]
    if change == "field":
        (item,) = [one for one in orders.message_type if one.name == "OrderItem"]
        item.field.add(name="colour", number=9, type=9, label=1)
    if change == "deprecated":
        service: Any = orders.service[0]
        (read,) = [one for one in service.method if one.name == "GetOrder"]
        read.options.deprecated = True
        cycle = read.options.Extensions[options_pb2.life_cycle]
        cycle.deprecated_since, cycle.sunset = "2026-12-01", "2027-06-01"
    if change == "comment":
        orders.source_code_info.location[0].leading_comments = "Other words."
    after = before if change == "nothing" else files.SerializeToString(deterministic=True)
    assert version_after("1.0.0", before, after) == version
    assert line in changelog("1.0.0", before, after, TODAY)
