"""A service in Go, with a contract of its own, joins a mesh by the bundle alone.

Beside the mesh that runs with mutual TLS another edge serves the larger contract.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from grpc_status import rpc_status

from dev.certs import Authority
from dev.config import ROOT
from dev.ports import free_ports
from dev.supervisor.control import Control
from mesh.auth import tls
from mesh.contract.model import Contract
from mesh.core.errors import RemoteError
from mesh.rpc.client import unary
from tests.interop.clients import GO, GO_PLUGINS, Guarded, program
from tests.support.left_out import fetched, need
from tests.support.mesh_under_test import WITHIN_S, Market, Person
from tests.support.waiting import eventually

SERVICE = "shipping_service"
GET_QUOTE = "/shipping.v1.ShippingService/GetQuote"


@dataclass(frozen=True)
class Joined:
    """A mesh with one more service; `environment` is that of a member."""

    edge: str
    contract: Contract
    target: str
    environment: Mapping[str, str]


@pytest.fixture(scope="module")
def shipping(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns the folder of the built service, with the descriptor set of mesh and service."""
    need("go")
    folder = program("joining/shipping", tmp_path_factory.mktemp("shipping"))
    shutil.copytree(bundle, folder / "contracts")
    tools = folder / "bin"
    tools.mkdir()
    fetched("go", "build", "-o", "bin/", *GO_PLUGINS, folder=folder, **GO)
    fetched("buf", "build", "-o", "mesh.binpb", folder=folder)
    path = os.pathsep.join([str(tools), os.environ["PATH"]])
    fetched("buf", "generate", folder=folder, PATH=path)
    fetched("go", "build", "-buildvcs=false", "-o", "bin/shipping", ".", folder=folder, **GO)
    return folder


@pytest.fixture(scope="module")
def joined(guarded: Guarded, shipping: Path) -> Iterator[Joined]:
    Authority(guarded.var / "certs").keep(SERVICE)
    at, edge = (f"127.0.0.1:{port}" for port in free_ports(2))
    contract = shipping / "mesh.binpb"
    told = Control(guarded.var).environment() | {
        "EDGE_BIND": edge,
        "EDGE_CONTRACT": str(contract),
        "MESH_CONTRACT": str(contract),
        "SHIPPING_SERVICE_TARGET": at,
    }
    own = {name: told[name].replace("{service}", SERVICE) for name in tls.FILES}
    own |= {"SHIPPING_SERVICE_BIND": at, "JWKS_URL": f"{guarded.at.edge}/.well-known/jwks.json"}
    with (
        running("bin/shipping", folder=shipping, log=shipping / "shipping.log", **told | own),
        running(
            sys.executable, "-m", "edge_api", "serve",
            folder=ROOT, log=shipping / "edge.log", **told,
        ),
    ):  # fmt: skip
        eventually(lambda: is_ready(edge, shipping), WITHIN_S, 0.2)
        served = Contract.from_descriptor_set(contract.read_bytes())
        yield Joined(f"http://{edge}", served, at, told)


@contextmanager
def running(*command: str, folder: Path, log: Path, **environment: str) -> Iterator[None]:
    with log.open("wb") as written:
        started = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=written, stderr=written
        )
    try:
        yield
    finally:
        started.terminate()
        started.wait(WITHIN_S)


def is_ready(edge: str, logs: Path) -> bool:
    try:
        state = httpx.get(f"http://{edge}/readyz", timeout=5).json()
    except httpx.TransportError:
        return False
    return bool(state["status"] == "ready")


@pytest.fixture(scope="module")
def ada(guarded: Guarded) -> Person:
    with Market(guarded.at) as market:
        return market.register("ada")


def quoted(joined: Joined, country: str, **headers: str) -> httpx.Response:
    address = f"{joined.edge}/api/shipping/quotes/{country}"
    return httpx.get(address, params={"grams": 1500}, headers=headers, timeout=10)


def test_a_user_calls_it_through_the_edge(joined: Joined, ada: Person) -> None:
    answer = quoted(joined, "DE", **ada.headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["price"]["units"] == "5"
    assert answer.json()["quoted_for"] == ada.id


def test_its_typed_error_is_a_problem_at_the_edge(joined: Joined, ada: Person) -> None:
    answer = quoted(joined, "FR", **ada.headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "COUNTRY_NOT_SERVED")


def test_the_edge_publishes_it_among_the_others(joined: Joined) -> None:
    paths = httpx.get(f"{joined.edge}/api/openapi.json", timeout=30).json()["paths"]
    assert {"/api/shipping/quotes/{country_code}", "/api/orders"} <= paths.keys()


def test_the_edge_s_doctor_finds_it_and_is_known_there(joined: Joined) -> None:
    done = member(joined, "edge_api", "doctor")
    assert f"{SERVICE} at {joined.target} serves, and knows us" in done.stdout, done.stdout


@pytest.mark.parametrize(
    ("service", "country", "came"),
    [
        ("order_service", "DE", {"units": 4, "quoted_for": "order_service"}),
        ("order_service", "FR", {"reason": "COUNTRY_NOT_SERVED", "fields": []}),
        ("order_service", "Germany", {"reason": "REQUEST_INVALID", "fields": ["country_code"]}),
        ("payment_service", "DE", {"reason": "TOKEN_MISSING", "fields": []}),
    ],
)
def test_a_service_in_python_calls_it(
    joined: Joined, service: str, country: str, came: dict[str, Any]
) -> None:
    done = member(joined, "tests.interop.joining.caller", service, country)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == came


def member(joined: Joined, *module: str) -> "subprocess.CompletedProcess[str]":
    """Runs a module on the settings of a member of the mesh."""
    return subprocess.run(
        [sys.executable, "-m", *module],
        cwd=ROOT, env=joined.environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_it_believes_no_token_that_the_mesh_did_not_sign(
    joined: Joined, guarded: Guarded, ada: Person
) -> None:
    head, body, signature = ada.token.split(".")
    forged = ".".join([head, body, signature[::-1]])
    pem = tls.Pem(*(Path(guarded.certificates[name]).read_bytes() for name in tls.FILES))
    with tls.channel(grpc, SERVICE, joined.target, pem) as as_the_edge:
        error = refusal(joined, as_the_edge, forged)
    assert RemoteError(rpc_status.from_call(error)).reason == "TOKEN_INVALID"


def test_it_answers_nobody_without_a_certificate(joined: Joined, ada: Person) -> None:
    with grpc.insecure_channel(joined.target) as plain:
        assert refusal(joined, plain, ada.token).code() == grpc.StatusCode.UNAVAILABLE


def refusal(joined: Joined, channel: grpc.Channel, token: str) -> Any:
    """Returns the error that a call with this token ends with."""
    method = joined.contract.methods[GET_QUOTE]
    with pytest.raises(grpc.RpcError) as raised:
        unary(channel, method)(
            method.request_class(country_code="DE"),
            metadata=(("authorization", f"Bearer {token}"),),
            timeout=10,
        )
    return raised.value
