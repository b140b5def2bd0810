"""A mesh with MESH_TLS=on works, and allows nobody without a certificate."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest

from dev.certs import Authority
from market.catalog.v1 import catalog_pb2, catalog_pb2_grpc
from mesh.auth import tls
from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import WITHIN_S, Market
from tests.support.waiting import eventually

TARGET = "order_service"


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalMesh]:
    started = LocalMesh(tmp_path_factory.mktemp("tls"), {"MESH_TLS": "on"})
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def guarded(local: LocalMesh) -> Iterator[Market]:
    with Market(local.start()) as opened:
        yield opened


def test_an_order_is_confirmed_over_tls(guarded: Market) -> None:
    ada = guarded.register()
    placed = guarded.place_order(ada, "MUG-BLUE")
    assert placed.status_code == 201, placed.text
    assert guarded.order_at_rest(ada, placed.json()["id"])["state"] == "ORDER_STATE_CONFIRMED"


def test_nobody_gets_in_without_a_certificate(guarded: Market) -> None:
    for service in guarded.at.grpc:
        with guarded.channel(service) as plain:
            assert code_of(plain) == grpc.StatusCode.UNAVAILABLE


def test_a_certificate_with_the_wrong_name_gets_nothing(guarded: Market, local: LocalMesh) -> None:
    Authority(local.var / "certs").sign("stranger")
    with channel_as("stranger", guarded, local.var / "certs") as stranger:
        assert code_of(stranger) == grpc.StatusCode.PERMISSION_DENIED


def test_a_member_s_certificate_gets_in(guarded: Market, local: LocalMesh) -> None:
    assert gets_in(guarded, local.var / "certs")


def test_the_command_line_client_shows_a_certificate(
    guarded: Market, local: LocalMesh, tmp_path: Path
) -> None:
    certs, command = local.var / "certs", [sys.executable, "-m", "tools.market", "products"]
    own = ["--cert-file", str(certs / "edge_api.pem"), "--key-file", str(certs / "edge_api.key")]
    them = ["--ca-file", str(certs / "ca.pem"), "--address", f"order={guarded.at.grpc[TARGET]}"]
    named = ["--server-name", "{service}-service.market.internal"]
    told = os.environ | {"XDG_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run(
        [*command, *own, *them, *named], env=told, capture_output=True, text=True, check=False
    )
    assert "MUG-BLUE" in done.stdout, done.stderr


def test_renewed_certificates_are_taken_up_by_the_running_mesh(
    guarded: Market, local: LocalMesh
) -> None:
    """Makes all anew, the authority's too: whoever kept the former one would be cut off."""
    ada, folder = guarded.register(), local.var / "certs"
    for file in folder.iterdir():
        file.unlink()
    members = [*guarded.at.grpc, "edge_api"]
    assert Authority(folder).keep(*members) == members
    eventually(lambda: gets_in(guarded, folder), WITHIN_S)
    placed = eventually(lambda: in_agreement(guarded.place_order(ada, "MUG-BLUE")), WITHIN_S)
    ended = guarded.order_at_rest(ada, placed["id"], through_outage=True)
    assert ended["state"] == "ORDER_STATE_CONFIRMED"


def gets_in(market: Market, folder: Path) -> bool:
    """Returns whether the server and a member with the present files trust each other."""
    with channel_as("payment_service", market, folder) as member:
        catalog = catalog_pb2_grpc.CatalogServiceStub(member)
        try:
            answer = catalog.GetProduct(catalog_pb2.GetProductRequest(sku="MUG-BLUE"), timeout=5)
        except grpc.RpcError:
            return False
    assert answer.product.sku == "MUG-BLUE"
    return True


def in_agreement(placed: httpx.Response) -> dict[str, Any] | None:
    """Returns the order; None while members of the former and the new authority meet."""
    if placed.status_code == 503:
        return None
    assert placed.status_code == 201, placed.text
    order: dict[str, Any] = placed.json()
    return order


def channel_as(name: str, market: Market, folder: Path) -> grpc.Channel:
    files = [folder / f"{name}.pem", folder / f"{name}.key", folder / "ca.pem"]
    pem = tls.Certificates(files, name).current()
    opened: grpc.Channel = tls.channel(grpc, TARGET, market.at.grpc[TARGET], pem)
    return opened


def code_of(channel: grpc.Channel) -> grpc.StatusCode:
    catalog = catalog_pb2_grpc.CatalogServiceStub(channel)
    with pytest.raises(grpc.RpcError) as caught:
        catalog.GetProduct(catalog_pb2.GetProductRequest(sku="MUG-BLUE"), timeout=5)
    return caught.value.code()
