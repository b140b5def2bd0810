"""Writing of responses, as ASGI sends them."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from django.http import HttpResponse, HttpResponseBase

from edge_api.http.request_body import Receive, cancelled_when_gone
from edge_api.http.security_headers import security_headers
from edge_api.http.transport import LingeringTransport

Send = Callable[[dict[str, Any]], Awaitable[None]]
Response = tuple[int, list[tuple[bytes, bytes]], bytes]  # status, headers, body

EVENTS = "text/event-stream"
NOT_KEPT = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
WITHOUT_LENGTH = (204, 304)


class EventResponse(HttpResponseBase):
    """Server-sent events, whose parts are sent as they come about."""

    streaming = True

    def __init__(self, parts: AsyncGenerator[bytes, None]) -> None:
        super().__init__(content_type=EVENTS, headers=NOT_KEPT)
        self.parts = parts


async def send_response(
    response: HttpResponseBase,
    request_id: str,
    receive: Receive,
    send: Send,
    link: LingeringTransport | None,
) -> None:
    """Sends a response, one that is no stream by a single write to its `link`, if known.

    Raises ClientGone when the client hangs up before a stream ends.
    """
    if isinstance(response, EventResponse):
        await _start(response, headers_of(response, request_id), send)
        async with cancelled_when_gone(receive), aclosing(response.parts) as parts:
            async for part in parts:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return
    content: bytes = response.content  # type: ignore[attr-defined]  # all others have one
    headers = headers_of(response, request_id, len(content))
    if link is not None:
        link.hold()
    try:
        await _start(response, headers, send)
        await send({"type": "http.response.body", "body": content})
    finally:
        if link is not None:
            link.flush()


def written(response: HttpResponse, request_id: str) -> Response:
    content = response.content
    return response.status_code, headers_of(response, request_id, len(content)), content


def headers_of(
    response: HttpResponseBase, request_id: str, length: int | None = None
) -> list[tuple[bytes, bytes]]:
    """Returns all headers; `length` is that of the content, in bytes, None for a stream."""
    headers = [(name.lower().encode(), value.encode("latin1")) for name, value in response.items()]
    headers += (b"x-request-id", request_id.encode()), *security_headers(response)
    if length is not None and response.status_code not in WITHOUT_LENGTH:
        headers.append((b"content-length", str(length).encode()))
    return headers


async def _start(
    response: HttpResponseBase, headers: list[tuple[bytes, bytes]], send: Send
) -> None:
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
