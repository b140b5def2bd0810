"""Clients that hang up, and keys that go stale: what plain HTTP tests can't time."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from edge_api.http.request_body import ClientGone, cancelled_when_gone, read_body
from edge_api.problems.errors import BodyTooLarge
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


def test_what_a_gone_client_asked_for_is_cancelled() -> None:
    finished = False

    async def serve() -> None:
        nonlocal finished
        async with cancelled_when_gone(events({"type": "http.disconnect"})):
            await asyncio.sleep(5)
            finished = True

    async def main() -> None:
        with pytest.raises(ClientGone):
            await serve()
        await asyncio.sleep(0)  # the task itself is not cancelled

    asyncio.run(main())
    assert not finished


def test_a_cancel_from_elsewhere_stays_one() -> None:
    async def serve() -> None:
        async with cancelled_when_gone(events()):
            await asyncio.sleep(5)

    async def main() -> None:
        task = asyncio.create_task(serve())
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
