"""What the doctor says of other services, over real connections."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from django.test import override_settings
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from dev.certs import Authority
from dev.ports import free_port
from mesh.auth import tls
from mesh.auth.tokens import ServiceTokens
from mesh.checks.addresses import addresses
from mesh.checks.findings import Finding, Level
from mesh.checks.peer_client import Identity
from mesh.checks.peers import Peers, our_peers
from mesh.contract.model import market_contract
from mesh.core.errors import StartRefused
from mesh.rpc.definition import RpcDefinition
from mesh.rpc.server import start
from mesh.runtime import startup

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@contextmanager
def server_of(*names: str, status: int = SERVING) -> Iterator[str]:
    """The address of a server that says by reflection that it serves these."""
    server = grpc.server(ThreadPoolExecutor(2))
    servicer = health.HealthServicer()
    servicer.set("", status)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    reflection.enable_server_reflection(names, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


def of_toy(peers: Peers | None = None) -> Finding:
    (finding,) = (peers or our_peers()).each("toy")
    return finding


@pytest.mark.usefixtures("toy_server")
def test_a_service_that_serves_and_knows_us_is_fine() -> None:
    finding = of_toy()
    assert finding.level is Level.OK
    assert finding.says.endswith("serves, and knows us")


@pytest.mark.usefixtures("toy_server")
def test_another_secret_is_seen_by_what_the_service_says_to_it() -> None:
    wrong_peers = ServiceTokens("only for tests: another secret than theirs", "friend")
    finding = of_toy(Peers(market_contract(), Identity(None, wrong_peers)))
    assert finding.says.endswith("does not know us")
    assert finding.remedy == "give both the same MESH_SECRET"


@pytest.mark.usefixtures("toy_contract")
def test_a_wrong_address_says_who_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with server_of("grpc.health.v1.Health") as address:
        monkeypatch.setenv("TOY_TARGET", address)
        finding = of_toy()
        with pytest.raises(StartRefused, match="is no service of this mesh, not toy"):
            startup.refuse(our_peers().wrong_peers("toy"))
    assert str(finding) == (
        f"TOY_TARGET: {address} is no service of this mesh, not toy; mend TOY_TARGET"
    )


def test_another_service_at_the_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with server_of("market.payment.v1.PaymentService") as address:
        monkeypatch.setenv("USER_SERVICE_TARGET", address)
        (finding,) = our_peers().each("user_service")
    assert f"{address} is payment_service, not user_service" in finding.says


@pytest.mark.usefixtures("toy_contract")
def test_a_service_that_can_not_serve_is_told_from_one_that_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with server_of("toy.v1.ToyService", status=NOT_SERVING) as address:
        monkeypatch.setenv("TOY_TARGET", address)
        assert of_toy().says == f"toy at {address} says that it can't serve"
    assert of_toy().says == f"toy at {address} does not answer: unavailable (Connection refused)"


@pytest.mark.usefixtures("toy_contract")
@pytest.mark.parametrize("host", ["127.0.0.1", "dns:///nowhere.invalid"])
def test_a_service_that_is_away_stops_no_start(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("TOY_TARGET", f"{host}:{free_port()}")
    startup.refuse(our_peers().wrong_peers("toy"))


@pytest.mark.usefixtures("toy_contract")
@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("", "TOY_TARGET is not set"),
        ("toy", "TOY_TARGET must be host:port"),
        ("nowhere.invalid:50051", "TOY_TARGET: nowhere.invalid has no address"),
        ("dns:///nowhere.invalid:50051", "TOY_TARGET: nowhere.invalid has no address"),
    ],
)
def test_a_target_that_can_not_be_called_is_named(
    monkeypatch: pytest.MonkeyPatch, target: str, says: str
) -> None:
    monkeypatch.setenv("TOY_TARGET", target)
    finding = of_toy()
    assert finding.says.startswith(says)
    assert finding.remedy


def test_each_address_of_a_target_is_looked_at() -> None:
    assert list(addresses("ipv4:127.0.0.1:1,127.0.0.1:2")) == ["127.0.0.1:1", "127.0.0.1:2"]
    assert "127.0.0.1:3" in list(addresses("dns:///localhost:3"))
    assert list(addresses("[::1]:4")) == ["[::1]:4"]
    assert list(addresses("xds:///toy")) == ["xds:///toy"]


@pytest.mark.usefixtures("toy_contract")
def test_with_tls_a_wrong_address_is_told_by_its_certificate(
    wiring: RpcDefinition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Authority(tmp_path).keep("toy", "friend")
    toys, ours = (certificates_of(name, tmp_path) for name in ("toy", "friend"))
    with override_settings(MESH_CERTIFICATES=toys, MESH_SECRET=""):
        server = start(wiring, "127.0.0.1:0")
    address = f"127.0.0.1:{server.port}"
    monkeypatch.setenv("TOY_TARGET", address)
    monkeypatch.setenv("FRIEND_TARGET", address)
    peers = Peers(market_contract(), Identity(ours, None))
    try:
        assert of_toy(peers).level is Level.OK
        (wrong,) = peers.each("friend")
        (stranger,) = peers.wrong_peers("friend")
    finally:
        server.stop(0)
    assert wrong == stranger
    assert wrong.says == f"FRIEND_TARGET: {address} is toy, not friend"


def certificates_of(service: str, folder: Path) -> tls.Certificates:
    files = [folder / f"{service}.pem", folder / f"{service}.key", folder / "ca.pem"]
    return tls.Certificates(files, service)
