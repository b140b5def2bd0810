"""Responses as they go out: whole ones in one piece, streams as ASGI sends them."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import aclosing
from typing import Any, NamedTuple

from django.http import HttpResponseBase

from edge_api.http.security_headers import security_headers

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Response(NamedTuple):
    """A whole response. `fields` are the lines of its headers, each with its CRLF."""

    status: int
    fields: bytes
    body: bytes


EVENTS = "text/event-stream"
NOT_KEPT = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
WITHOUT_LENGTH = (204, 304)
# Source: RFC 9110, 5.1 and 5.5.
_FIELDS = re.compile(
    rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]++: [^\x00-\x08\x0a-\x1f\x7f]*+\r\n)*+", re.ASCII
)


class ApiResponse:
    """The response of an RPC: what the edge needs of Django's, which costs a ninth of a request.

    What a header may not have is found when it is written, see `fields_of`.
    """

    __slots__ = ("content", "headers", "status_code")

    def __init__(self, status_code: int, headers: dict[str, str], content: bytes = b"") -> None:
        self.status_code = status_code
        self.headers = headers
        self.content = content

    def __setitem__(self, name: str, value: str) -> None:
        self.headers[name] = value

    def __contains__(self, name: str) -> bool:
        return name in self.headers

    has_header = __contains__

    def items(self) -> Iterable[tuple[str, str]]:
        return self.headers.items()


class EventResponse(HttpResponseBase):
    """Server-sent events, whose parts are sent as they come about."""

    streaming = True

    def __init__(self, parts: AsyncGenerator[bytes, None]) -> None:
        super().__init__(content_type=EVENTS, headers=NOT_KEPT)
        self.parts = parts


AnyResponse = HttpResponseBase | ApiResponse


def whole(response: AnyResponse, request_id: str) -> Response:
    """Returns a response that is no stream. Raises ValueError as `fields_of` does."""
    content = _content(response)
    return Response(response.status_code, fields_of(response, request_id, len(content)), content)


async def send_parts(response: AnyResponse, request_id: str, send: Send) -> None:
    """Sends a stream, or what goes out on a connection that is not ours, as ASGI has it."""
    parts = response.parts if isinstance(response, EventResponse) else None
    content = _content(response) if parts is None else b""
    lines = fields_of(response, request_id, len(content) if parts is None else None)
    headers = [tuple(line.split(b": ", 1)) for line in lines.split(b"\r\n")[:-1]]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    if parts is not None:
        async with aclosing(parts):
            async for part in parts:
                await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": content})


def fields_of(response: AnyResponse, request_id: str, length: int | None) -> bytes:
    """Returns the lines of all headers; `length` is that of the content, None for a stream.

    Raises ValueError for a header with a character that none may have.
    """
    fields = [f"{name.lower()}: {value}\r\n" for name, value in response.items()]
    fields.append(f"x-request-id: {request_id}\r\n")
    if length is not None and response.status_code not in WITHOUT_LENGTH:
        fields.append(f"content-length: {length}\r\n")
    lines = "".join(fields).encode("latin1")
    if lines.count(b"\n") != len(fields) or not _FIELDS.fullmatch(lines):
        raise ValueError("a header of the response has a character that none may have")
    return lines + security_headers(response.headers.get("Content-Type", ""))


def _content(response: AnyResponse) -> bytes:
    content: bytes = response.content  # type: ignore[union-attr]  # all but streams have one
    return content
