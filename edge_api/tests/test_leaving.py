"""How an edge drains before it ends."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from edge_api.config import Config
from edge_api.gateway.edge import Edge
from edge_api.http import shutdown
from edge_api.http.shutdown import Shutdown
from edge_api.tests.conftest import edge_served
from edge_api.tests.toy import SECRET


@pytest.fixture
def draining(contract_file: Path) -> Iterator[httpx.Client]:
    """A client of an edge that is draining."""
    edge = Edge(Config(contract_file, SECRET, target=lambda _: "127.0.0.1:1"))
    edge.shutdown.draining = True
    with edge_served(edge) as url, httpx.Client(base_url=url) as client:
        yield client


def test_it_says_so_to_a_load_balancer_and_serves_on(draining: httpx.Client) -> None:
    ready = draining.get("/readyz")
    assert (ready.status_code, ready.json()["code"]) == (503, "NOT_READY")
    assert draining.get("/livez").status_code == 200


def test_it_keeps_no_connection(draining: httpx.Client) -> None:
    assert draining.get("/livez").headers["connection"] == "close"
    assert draining.get("/nowhere").headers["connection"] == "close"


def test_sigterm_is_followed_by_a_notice_and_then_by_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutdown, "NOTICE_S", 0.1)
    before = signal.getsignal(signal.SIGTERM)

    async def drained_before_its_end() -> bool:
        edge, ended = Shutdown(), asyncio.Event()
        signal.signal(signal.SIGTERM, lambda *_: ended.set())
        edge.heed_signals()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(ended.wait(), 30)
        return edge.draining

    try:
        assert asyncio.run(drained_before_its_end())
    finally:
        signal.signal(signal.SIGTERM, before)
