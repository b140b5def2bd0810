"""The edge over real HTTP, before a toy service over real gRPC."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from edge_api.app import EdgeHandler
from edge_api.config import Config
from edge_api.gateway.edge import Edge
from edge_api.http.listener import Listener, Share
from edge_api.http.protocol import EdgeProtocol
from edge_api.http.server import EdgeServer
from edge_api.tests.toy import SECRET, Toy, compile_toy, toy_served
from mesh.contract.model import Contract
from mesh.telemetry import logs
from mesh.testing.keys import TestKeys

Headers = dict[str, str]

logs.configure("edge_api", "CRITICAL")


@pytest.fixture(scope="session")
def contract_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_toy(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="session")
def contract(contract_file: Path) -> Contract:
    return Contract.from_descriptor_set(contract_file.read_bytes())


@pytest.fixture(scope="session")
def keys() -> TestKeys:
    return TestKeys()


@pytest.fixture(scope="session")
def toy(contract: Contract, keys: TestKeys) -> Toy:
    return Toy(contract, keys)


@pytest.fixture(scope="session")
def client(contract_file: Path, toy: Toy) -> Iterator[httpx.Client]:
    with (
        toy_served(toy) as port,
        edge_before(contract_file, port) as url,
        httpx.Client(base_url=url, timeout=5) as opened,
    ):
        yield opened


@pytest.fixture
def signed_in(keys: TestKeys) -> Callable[..., Headers]:
    """Headers of a user with these scopes."""

    def headers(user_id: str, *scopes: str) -> Headers:
        token = keys.token(user_id, *scopes, now=time.time())
        return {"Authorization": f"Bearer {token}"}

    return headers


@pytest.fixture
def note(client: httpx.Client, signed_in: Callable[..., Headers]) -> dict[str, object]:
    """A note that was just written."""
    body = {"title": "milk", "lines": [{"text": "two bottles", "quantity": 2}]}
    response = client.post("/toy/notes", json=body, headers=signed_in("ada"))
    assert response.status_code == 201, response.text
    created: dict[str, object] = response.json()
    return created


@contextmanager
def edge_before(contract_file: Path, service_port: int, **config: Any) -> Iterator[str]:
    """Serves an edge whose services are all at this port; yields its URL.

    `config` is the rest of its configuration.
    """
    target = f"127.0.0.1:{service_port}"
    chosen = {"max_body_bytes": 64 * 1024, "target": lambda _: target, **config}
    with edge_served(Edge(Config(contract_file, SECRET, **chosen))) as url:
        yield url


@contextmanager
def edge_served(edge: Edge) -> Iterator[str]:
    with served(EdgeHandler(edge)) as url:
        yield url


@contextmanager
def served(application: Any, most: int = 1000) -> Iterator[str]:
    """Serves an ASGI application as the edge is served, on so many connections; yields its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host, port = listening.getsockname()
        config = uvicorn.Config(
            application,
            http=EdgeProtocol,
            loop="uvloop",
            lifespan="on",
            proxy_headers=False,
            log_config=None,
            access_log=False,
        )
        server = EdgeServer(config, Listener(listening, Share.of_each(1)[0], most))
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield f"http://{host}:{port}"
        finally:
            server.should_exit = True
            thread.join()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
