"""Reads request bodies within a limit, and notices clients that hang up."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from edge_api.problems.errors import BodyTooLarge

Receive = Callable[[], Awaitable[Mapping[str, Any]]]

WATCH_AFTER_S = 0.1


class ClientGone(Exception):
    """The client hung up before it was answered."""


async def read_body(headers: dict[bytes, bytes], receive: Receive, most_bytes: int) -> bytes:
    """The whole body. Raises BodyTooLarge without reading on, ClientGone."""
    announced = headers.get(b"content-length", b"0")
    if announced.isdigit() and int(announced) > most_bytes:
        raise _too_large(most_bytes)
    parts: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise ClientGone
        part = event.get("body", b"")
        size += len(part)
        if size > most_bytes:
            raise _too_large(most_bytes)
        parts.append(part)
        if not event.get("more_body", False):
            return b"".join(parts)


def _too_large(most_bytes: int) -> BodyTooLarge:
    return BodyTooLarge(f"a body may have {most_bytes} bytes at most")


@asynccontextmanager
async def cancelled_when_gone(receive: Receive) -> AsyncIterator[None]:
    """Cancel what is done inside when the client hangs up meanwhile. Raises ClientGone.

    Most requests are done before watching for that would have paid: it starts late.
    """
    loop, serving = asyncio.get_running_loop(), asyncio.current_task()
    watchers: list[asyncio.Task[None]] = []
    gone = False

    async def watch() -> None:
        nonlocal gone
        while (await receive())["type"] != "http.disconnect":
            pass
        gone = True
        if serving is not None:
            serving.cancel()

    timer = loop.call_later(WATCH_AFTER_S, lambda: watchers.append(loop.create_task(watch())))
    try:
        yield
    except asyncio.CancelledError:
        if not gone or serving is None:
            raise
        serving.uncancel()
        raise ClientGone from None
    finally:
        timer.cancel()
        for watcher in watchers:
            watcher.cancel()
