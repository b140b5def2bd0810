"""What mutual TLS lets in and keeps out, over real connections."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from django.test import override_settings
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from dev.certs import Authority
from mesh.auth import tls
from mesh.contract.model import market_contract
from mesh.core.config import SettingError
from mesh.rpc import metadata as call_metadata
from mesh.rpc.client import channel, forget_channels
from mesh.rpc.definition import RpcDefinition
from mesh.rpc.interceptors.authentication import members
from mesh.rpc.server import RunningServer, start
from mesh.testing.servers import TestKeys, as_service, as_user
from mesh.tests.toy.contract import NAME, MineRequest, SayRequest, SayResponse

ALICE = "01890a5d-ac96-774b-bcce-b302099a8057"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Authority(tmp_path / "certs").keep("toy", "friend", "stranger")
    return tmp_path / "certs"


@pytest.fixture
def certificates(folder: Path) -> tls.Certificates:
    return of("toy", folder)


@pytest.fixture
def server(
    toy_contract: None, wiring: RpcDefinition, certificates: tls.Certificates
) -> Iterator[RunningServer]:
    with override_settings(MESH_CERTIFICATES=certificates, MESH_SECRET=""):
        started = start(wiring, "127.0.0.1:0")
        os.environ["TOY_TARGET"] = f"127.0.0.1:{started.port}"
        forget_channels()
        yield started
        forget_channels()
        started.stop(0)
        del os.environ["TOY_TARGET"]


NAMED_TOY = [("grpc.ssl_target_name_override", tls.dns_name("toy"))]


def of(service: str, folder: Path) -> tls.Certificates:
    files = [folder / f"{service}.pem", folder / f"{service}.key", folder / "ca.pem"]
    return tls.Certificates(files, service)


def channel_of(
    caller: tls.Certificates, server: RunningServer, expecting: str = "toy"
) -> grpc.Channel:
    target = f"127.0.0.1:{server.port}"
    opened: grpc.Channel = tls.channel(grpc, expecting, target, caller.current())
    return opened


def said(
    through: grpc.Channel, rpc: str, request: object, metadata: call_metadata.Metadata = ()
) -> str:
    invoke = through.unary_unary(
        f"/{NAME}/{rpc}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=SayResponse.FromString,
    )
    return str(invoke(request, metadata=metadata, timeout=5).said)


def code_of(
    through: grpc.Channel, rpc: str, metadata: call_metadata.Metadata = ()
) -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError) as caught:
        said(through, rpc, SayRequest(), metadata)
    return caught.value.code()


def test_a_certificate_is_who_calls(server: RunningServer, folder: Path) -> None:
    with channel_of(of("friend", folder), server) as friend:
        assert "service='friend'" in said(friend, "Say", SayRequest(what="who"))
        assert said(friend, "Inside", SayRequest(what="hi")) == "hi"


def test_a_service_that_an_rpc_does_not_list_is_refused(
    server: RunningServer, folder: Path
) -> None:
    with channel_of(of("toy", folder), server) as toy:
        assert code_of(toy, "Inside") == grpc.StatusCode.PERMISSION_DENIED


def test_a_service_token_is_not_believed(
    server: RunningServer, folder: Path, settings: object
) -> None:
    with override_settings(MESH_SECRET="only for tests: long enough to be a secret"):
        token = as_service("friend")
    with channel_of(of("toy", folder), server) as toy:
        assert code_of(toy, "Inside", token) == grpc.StatusCode.PERMISSION_DENIED


def test_a_user_is_still_known_by_a_token_only(
    server: RunningServer, folder: Path, keys: TestKeys
) -> None:
    with channel_of(of("toy", folder), server) as toy:
        alice = as_user(keys.token(ALICE, now=time.time()))
        assert said(toy, "Mine", MineRequest(), alice) == ALICE
        assert code_of(toy, "Mine", (("x-user-id", ALICE),)) == grpc.StatusCode.UNAUTHENTICATED


def test_without_a_certificate_there_is_no_connection(server: RunningServer, folder: Path) -> None:
    authority = grpc.ssl_channel_credentials((folder / "ca.pem").read_bytes())
    target, options = f"127.0.0.1:{server.port}", NAMED_TOY
    with grpc.secure_channel(target, authority, options) as nobody:
        assert code_of(nobody, "Say") == grpc.StatusCode.UNAVAILABLE
    with grpc.insecure_channel(target) as plain:
        assert code_of(plain, "Say") == grpc.StatusCode.UNAVAILABLE


def test_another_authority_s_certificate_makes_no_connection(
    server: RunningServer, folder: Path, tmp_path: Path
) -> None:
    Authority(tmp_path / "other").keep("friend")
    forged = of("friend", tmp_path / "other").current()
    ours = (folder / "ca.pem").read_bytes()
    credentials = grpc.ssl_channel_credentials(ours, forged.key, forged.certificate)
    target, options = f"127.0.0.1:{server.port}", NAMED_TOY
    with grpc.secure_channel(target, credentials, options) as forger:
        assert code_of(forger, "Say") == grpc.StatusCode.UNAVAILABLE


def test_a_certificate_of_no_service_of_the_mesh_gets_nothing(
    server: RunningServer, folder: Path
) -> None:
    denied = grpc.StatusCode.PERMISSION_DENIED
    with channel_of(of("stranger", folder), server) as stranger:
        assert code_of(stranger, "Say") == denied
        health = health_pb2_grpc.HealthStub(stranger)
        for ask in (health.Check, lambda *a, **o: next(health.Watch(*a, **o))):
            with pytest.raises(grpc.RpcError) as caught:
                ask(health_pb2.HealthCheckRequest(), timeout=5)
            assert caught.value.code() == denied
        asked = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        reflection = reflection_pb2_grpc.ServerReflectionStub(stranger)
        with pytest.raises(grpc.RpcError) as caught:
            next(reflection.ServerReflectionInfo(asked, timeout=5))
        assert caught.value.code() == denied


def test_a_member_may_ask_for_health_and_reflection(server: RunningServer, folder: Path) -> None:
    serving = health_pb2.HealthCheckResponse.SERVING
    with channel_of(of("friend", folder), server) as friend:
        health = health_pb2_grpc.HealthStub(friend)
        assert health.Check(health_pb2.HealthCheckRequest(), timeout=5).status == serving
        watched = health.Watch(health_pb2.HealthCheckRequest(), timeout=5)
        assert next(watched).status == serving
        watched.cancel()
        asked = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        answers = reflection_pb2_grpc.ServerReflectionStub(friend).ServerReflectionInfo(asked)
        assert NAME in [each.name for each in next(answers).list_services_response.service]


def test_a_server_with_another_service_s_name_is_not_spoken_to(
    server: RunningServer, folder: Path
) -> None:
    with channel_of(of("friend", folder), server, expecting="another") as mistaken:
        assert code_of(mistaken, "Say") == grpc.StatusCode.UNAVAILABLE


def test_the_kit_s_own_channel_calls_by_certificate(server: RunningServer) -> None:
    assert "service='toy'" in said(channel("toy"), "Say", SayRequest(what="who"))


def test_renewed_certificates_are_taken_up_by_both_sides_without_a_restart(
    server: RunningServer, folder: Path, certificates: tls.Certificates
) -> None:
    first, before = channel("toy"), certificates.current()
    assert said(first, "Say", SayRequest(what="hi")) == "hi"
    for left in folder.iterdir():
        left.unlink()
    Authority(folder).keep("toy", "friend")
    time.sleep(tls.LOOKS_EVERY_S)
    with channel_of(of("friend", folder), server) as friend:
        assert said(friend, "Say", SayRequest(what="hi")) == "hi"
    assert certificates.current() is not before
    assert channel("toy") is not first
    assert said(channel("toy"), "Say", SayRequest(what="hi")) == "hi"


def test_files_that_do_not_fit_together_yet_change_nothing(folder: Path) -> None:
    now = 0.0
    files = [folder / "toy.pem", folder / "toy.key", folder / "ca.pem"]
    watched = tls.Certificates(files, "toy", clock=lambda: now)
    before = watched.current()
    key = (folder / "toy.key").read_bytes()
    (folder / "toy.key").write_bytes((folder / "friend.key").read_bytes())
    now = 2.0
    assert watched.current() is before
    (folder / "toy.key").write_bytes(key)
    now = 4.0
    assert watched.current().key == key


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"MESH_CERT_FILE": ""}, "MESH_CERT_FILE is not set"),
        ({"MESH_KEY_FILE": "/nowhere"}, "No such file"),
        ({"MESH_KEY_FILE": "{folder}/friend.key"}, "the key is not the certificate's"),
        ({"MESH_CERT_FILE": "{folder}/toy.key"}, "MESH_CERT_FILE"),
        (
            {"MESH_CERT_FILE": "{folder}/friend.pem", "MESH_KEY_FILE": "{folder}/friend.key"},
            "not toy's, but 'friend'",
        ),
        ({"MESH_TLS": "yes"}, "MESH_TLS must be one of on, off"),
    ],
)
def test_a_start_with_wrong_files_says_what_is_wrong(
    folder: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], complaint: str
) -> None:
    right = {
        "MESH_TLS": "on",
        "MESH_CERT_FILE": "{folder}/toy.pem",
        "MESH_KEY_FILE": "{folder}/toy.key",
        "MESH_CA_FILE": "{folder}/ca.pem",
    }
    for name, value in (right | changes).items():
        monkeypatch.setenv(name, value.replace("{folder}", str(folder)))
    with pytest.raises(SettingError, match=complaint):
        tls.from_env("toy")


def test_the_members_of_the_mesh_are_those_that_the_contract_names(toy_contract: None) -> None:
    assert members(market_contract()) == {"edge_api", "toy", "friend"}
