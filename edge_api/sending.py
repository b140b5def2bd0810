"""Responses as ASGI sends them."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

from django.http import HttpResponseBase

from edge_api.bodies import Receive, cancelled_when_gone
from edge_api.events import EventResponse
from edge_api.security import security_headers

Send = Callable[[dict[str, Any]], Awaitable[None]]

WITHOUT_LENGTH = (204, 304)


async def send_response(
    response: HttpResponseBase, request_id: str, receive: Receive, send: Send
) -> None:
    """Raises ClientGone when the client hangs up before a stream ends."""
    if isinstance(response, EventResponse):
        await _start(response, headers_of(response, request_id), send)
        async with cancelled_when_gone(receive), aclosing(response.parts) as parts:
            async for part in parts:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return
    content: bytes = response.content  # type: ignore[attr-defined]  # all others have it whole
    headers = headers_of(response, request_id)
    if response.status_code not in WITHOUT_LENGTH:
        headers.append((b"content-length", str(len(content)).encode()))
    await _start(response, headers, send)
    await send({"type": "http.response.body", "body": content})


def headers_of(response: HttpResponseBase, request_id: str) -> list[tuple[bytes, bytes]]:
    own = [(name.lower().encode(), value.encode("latin1")) for name, value in response.items()]
    return [
        *own,
        (b"x-request-id", request_id.encode()),
        *security_headers(response),
    ]


async def _start(
    response: HttpResponseBase, headers: list[tuple[bytes, bytes]], send: Send
) -> None:
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
