"""Reading of request bodies within a limit."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from edge_api.problems.errors import BodyTooLarge

Receive = Callable[[], Awaitable[Mapping[str, Any]]]


class ClientGone(Exception):
    """The client hung up before its response was complete."""


async def read_body(
    headers: dict[bytes, bytes], receive: Receive, most_bytes: int, here: bytes | None = None
) -> bytes:
    """Returns the whole body, which is not read where it is `here`.

    Raises BodyTooLarge without reading on, ClientGone.
    """
    if here is not None and len(here) <= most_bytes:
        return here
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
