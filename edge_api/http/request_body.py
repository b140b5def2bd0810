"""Reading of request bodies within a limit, and detection of clients that hang up."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager
from typing import Any

from edge_api.problems.errors import BodyTooLarge

Receive = Callable[[], Awaitable[Mapping[str, Any]]]

WATCH_AFTER_S = 0.1


class ClientGone(Exception):
    """The client hung up before its response was complete."""


async def read_body(headers: dict[bytes, bytes], receive: Receive, most_bytes: int) -> bytes:
    """Returns the whole body. Raises BodyTooLarge without reading on, ClientGone."""
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
    """Cancels the block when the client hangs up meanwhile. Raises ClientGone.

    The client is watched after 0.1 s only, as most requests are served before, and a task
    for each would cost more than it saves.
    """
    loop = asyncio.get_running_loop()

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        limit.reschedule(loop.time())

    def start_watch() -> None:
        at_exit.callback(loop.create_task(watch()).cancel)

    with ExitStack() as at_exit:
        at_exit.callback(loop.call_later(WATCH_AFTER_S, start_watch).cancel)
        try:
            async with asyncio.timeout(None) as limit:
                yield
        except TimeoutError:
            if limit.expired():
                raise ClientGone from None
            raise
