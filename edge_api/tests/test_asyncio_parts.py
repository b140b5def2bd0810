"""Clients that hang up, and keys that go stale: what plain HTTP tests can't time."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from edge_api.app import EdgeHandler
from edge_api.config import Config
from edge_api.gateway.edge import Edge
from edge_api.http.connection import CONNECTION
from edge_api.http.request_body import ClientGone, read_body
from edge_api.problems.errors import BodyTooLarge
from edge_api.tests.conftest import served
from edge_api.tests.toy import SECRET
from edge_api.tests.wire.conftest import lives
from edge_api.tests.wire.raw import GET, PATIENCE_S, connected
from mesh.auth.jwks import RETRY_S, Jwks, JwksCache
from mesh.auth.revocations import Page, Revoked
from mesh.auth.tokens import KeyUnknown
from mesh.core.errors import Unavailable
from mesh.testing.keys import TestKeys


def events(*sent: dict[str, Any]) -> Any:
    waiting = list(sent)

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    return receive


class Asked:
    """An application that never answers, and tells how its one request ended."""

    def __init__(self) -> None:
        self.begun, self.ended = threading.Event(), threading.Event()
        self.how = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await lives(scope, receive, send)
            return
        self.begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.how = "its client is gone" if scope[CONNECTION].lost else "cancelled"
        self.ended.set()


def test_what_a_gone_client_asked_for_is_cancelled() -> None:
    application = Asked()
    with served(application) as url:
        with connected(url) as raw:
            raw.send(GET)
            assert application.begun.wait(PATIENCE_S)
        assert application.ended.wait(PATIENCE_S)
    assert application.how == "its client is gone"


def test_a_cancel_from_elsewhere_stays_one(contract_file: Path) -> None:
    async def main() -> None:
        handler = EdgeHandler(Edge(Config(contract_file, SECRET, target=lambda _: "127.0.0.1:1")))
        scope = {"type": "http", "method": "GET", "path": "/", "raw_path": b"/", "headers": []}
        never = asyncio.Event().wait
        task = asyncio.create_task(handler(scope, never, never))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


def test_a_client_that_hangs_up_while_sending_is_gone() -> None:
    part = {"type": "http.request", "body": b"x", "more_body": True}
    with pytest.raises(ClientGone):
        asyncio.run(read_body({}, events(part, {"type": "http.disconnect"}), 10))


def test_a_body_is_not_read_beyond_its_limit() -> None:
    part = {"type": "http.request", "body": b"x" * 6, "more_body": True}
    with pytest.raises(BodyTooLarge):
        asyncio.run(read_body({}, events(part, part), 10))


class Publisher:
    def __init__(self, keys: TestKeys) -> None:
        self.keys = keys
        self.asked = 0
        self.away = False
        self.lists = True
        self.revoked: list[Revoked] = []

    def fetch(self) -> Jwks:
        self.asked += 1
        if self.away:
            raise Unavailable("away")
        return self.keys.jwks()

    def list_revoked(self, sync_token: str) -> Page:
        if self.away or not self.lists:
            raise Unavailable("away")
        return Page(self.revoked, "next")


def test_unknown_keys_are_asked_for_once_in_five_seconds() -> None:
    now = 100.0
    publisher = Publisher(TestKeys())
    keys = JwksCache(publisher.fetch, publisher.list_revoked, clock=lambda: now)

    with ThreadPoolExecutor(20) as threads:
        for asked in [threads.submit(keys.refresh) for _ in range(20)]:
            asked.result()
    assert publisher.asked == 1
    now += 4.9
    keys.refresh()
    assert publisher.asked == 1
    now += 0.2
    publisher.away = True
    keys.refresh()
    assert publisher.asked == 2
    assert keys.loaded


def test_without_any_keys_refreshing_says_so_and_tries_again_soon() -> None:
    now = 100.0
    publisher = Publisher(TestKeys())
    publisher.away = True
    keys = JwksCache(publisher.fetch, publisher.list_revoked, clock=lambda: now)

    for _ in range(5):
        with pytest.raises(Unavailable):
            keys.refresh()
    assert publisher.asked == 1
    now, publisher.away = now + RETRY_S, False
    keys.refresh()
    with pytest.raises(KeyUnknown):
        keys.verify(TestKeys().token("ada", now=0))
