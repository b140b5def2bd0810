"""The reference pages are whole, and their lines for curl and grpcurl run as they stand."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, json_format

from market.options.v1 import options_pb2
from mesh.contract.model import Method, market_contract
from tests.interop.clients import Guarded
from tests.support.left_out import need
from tests.support.mesh_under_test import Addresses, Market
from tools.bundle.archive import write_reference
from tools.protos import DESCRIPTORS, GENERATED

RUNS_WITHIN_S = 60
ANY_ID = "0190a3c4-0000-7000-8000-000000000000"
SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)
METHODS = sorted(market_contract(), key=lambda method: method.full_name)
Variables = dict[str, str]
# In this order: `reference/index.md` makes the account, the last one ends its session.
STORY = """
    market.user.v1.UserService/GetUser market.user.v1.UserService/UpdateUser
    market.user.v1.CredentialService/Reauthenticate market.user.v1.SessionService/ListSessions
    market.catalog.v1.CatalogService/ListProducts market.catalog.v1.CatalogService/GetProduct
    market.order.v1.OrderService/CreateOrder market.order.v1.OrderService/GetOrder
    market.order.v1.OrderService/ListOrders market.order.v1.OrderService/CancelOrder
    market.order.v1.OrderService/WatchOrder market.user.v1.UserService/BatchGetUsers
    market.catalog.v1.CatalogService/CreateProduct market.user.v1.SessionService/GetJwks
    market.user.v1.SessionService/RevokeAllSessions
""".split()


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reference")
    write_reference(GENERATED / DESCRIPTORS, folder)
    return folder


def package_of(method: Method) -> str:
    return str(method.descriptor.containing_service.file.package)


def lines_of(reference: Path, method: Method) -> dict[str, str]:
    """Returns the command lines of an RPC, by the program that they start."""
    page = (reference / f"{package_of(method)}.md").read_text()
    _, _, section = page.partition(f'### <a id="{method.descriptor.full_name}"></a>')
    found = SHELL.findall(section.partition("\n##")[0])
    return {line.partition(" ")[0]: line for line in found}


def ran(line: str, variables: Variables) -> str:
    """Returns what a line prints, in the folder of the generated descriptors."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", line],
        env={**os.environ, **variables},
        cwd="generated",
        capture_output=True,
        text=True,
        timeout=RUNS_WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("form", ["html", "md"])
def test_the_pages_have_every_rpc_field_and_value(reference: Path, form: str) -> None:
    for method in METHODS:
        page = (reference / f"{package_of(method)}.{form}").read_text()
        file = method.descriptor.containing_service.file
        wanted = [f'id="{method.descriptor.full_name}"', *(b.template for b in method.bindings)]
        wanted += [error.name for error in method.errors]
        wanted += [f.name for m in file.message_types_by_name.values() for f in m.fields]
        wanted += [v.name for e in file.enum_types_by_name.values() for v in e.values]
        assert [one for one in wanted if one not in page] == []


def test_links_lead_to_what_is_there(reference: Path) -> None:
    for page in reference.glob("*.html"):
        for target, anchor in re.findall(r'href="([^"#]*)#([^"]+)"', page.read_text()):
            assert f'id="{anchor}"' in (reference / (target or page.name)).read_text(), anchor


def test_a_deprecated_rpc_says_until_when(tmp_path: Path) -> None:
    files = descriptor_pb2.FileDescriptorSet.FromString((GENERATED / DESCRIPTORS).read_bytes())
    (orders,) = [one for one in files.file if one.name == "market/order/v1/order.proto"]
    (read,) = [one for one in orders.service[0].method if one.name == "GetOrder"]
    read.options.deprecated = True
    options: Any = read.options
    cycle = options.Extensions[options_pb2.life_cycle]
    cycle.deprecated_since, cycle.sunset = "2026-12-01", "2027-06-01"
    (tmp_path / "set.binpb").write_bytes(files.SerializeToString())
    write_reference(tmp_path / "set.binpb", tmp_path)
    for form in ("html", "md"):
        page = (tmp_path / f"market.order.v1.{form}").read_text()
        assert "Deprecated since 2026-12-01. May be gone from 2027-06-01 on." in page


def test_what_grpcurl_is_told_to_send_is_a_request_of_the_rpc(reference: Path) -> None:
    for method in METHODS:
        line = lines_of(reference, method)["grpcurl"]
        named = dict.fromkeys(re.findall(r"\$([A-Z_0-9]+)", line), ANY_ID)
        words = ran(f"printf '%s\\0' {line}", named).split("\0")
        sent = words[words.index("-d") + 1] if "-d" in words else "{}"
        json_format.Parse(sent, method.request_class())
        assert method.full_name in words


def test_the_lines_for_curl_run_as_they_stand(reference: Path, guarded: Guarded) -> None:
    need("curl")
    (block,) = SHELL.findall((reference / "index.md").read_text())
    edge = {"EDGE": guarded.at.edge}
    token = ran(f"{block}\necho\necho $ACCESS_TOKEN", edge).splitlines()[-1]
    with Market(guarded.at) as market:
        told = edge | {"ACCESS_TOKEN": token, "STAFF_ACCESS_TOKEN": market.staff().token}
    by_name = {method.full_name: method for method in METHODS}
    for name in STORY:
        answer = ran(lines_of(reference, by_name[name])["curl"], told)
        if name.endswith("/GetUser"):
            told["USER_ID"] = json.loads(answer)["id"]
        if name.endswith("/CreateOrder"):
            told["ORDER_ID"] = json.loads(answer)["id"]


def targets(at: Addresses) -> Variables:
    return {f"{service.upper()}_TARGET": address for service, address in at.grpc.items()}


def test_the_lines_for_grpcurl_run_as_they_stand(
    reference: Path, market: Market, grpcurl: Variables
) -> None:
    somebody = market.register("grpcurl")
    told = grpcurl | targets(market.at) | {"ACCESS_TOKEN": somebody.token}
    by_name = {method.full_name: method for method in METHODS}
    for name in [
        one for one in STORY if one.endswith(("/ListProducts", "/CreateOrder", "/GetUser"))
    ]:
        ran(lines_of(reference, by_name[name])["grpcurl"], told)


def test_the_lines_for_rpcs_of_services_run_with_a_certificate(
    reference: Path, guarded: Guarded, grpcurl: Variables
) -> None:
    (method,) = [one for one in METHODS if one.name == "ListRevokedTokens"]
    told = grpcurl | targets(guarded.at) | guarded.certificates
    ran(lines_of(reference, method)["grpcurl"], told)
