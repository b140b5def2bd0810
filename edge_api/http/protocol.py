"""Limits of a connection: time to send a request, bytes of its head, time to read a response.

uvicorn limits none of these. `request_body` limits the bytes of a body.
"""

import time
from asyncio import TimerHandle, Transport
from typing import Any, ClassVar

from edge_api.http.connection import HttpConnection
from edge_api.http.receive_times import ReceiveTimes
from edge_api.http.refusals import refusal
from edge_api.http.response_writer import Response
from edge_api.problems.errors import EdgeError, HeadersTooLarge, RequestMalformed, RequestTooSlow

PARSED_AT_ONCE_BYTES = 16 * 1024  # between two checks of the limits
PER_CHUNK_BYTES = 16
SPOKEN = ("1.1", "1.0")


class LimitedProtocol(HttpConnection):
    """Refuses what is over a limit, or no HTTP, with a problem, and closes the connection.

    `max_framing_bytes` limits what is received with a body beside its content: trailers, and
    what chunks have beyond `PER_CHUNK_BYTES` each.
    Source: Go, net/http/internal/chunked.go (CVE-2023-39326).
    """

    max_head_bytes: ClassVar[int] = 32 * 1024
    max_framing_bytes: ClassVar[int] = 16 * 1024
    head_within_s: ClassVar[float] = 10.0
    body_within_s: ClassVar[float] = 20.0
    read_within_s: ClassVar[float] = 30.0

    _head_bytes = 0
    _framing_bytes = 0
    _timer: TimerHandle | None = None
    _write_timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._limit_time(self.head_within_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self._stop_write_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), PARSED_AT_ONCE_BYTES):
            self._parse(data[start : start + PARSED_AT_ONCE_BYTES])

    def refuse(self, error: EdgeError) -> None:
        self._stop_timer()
        if self.in_head and self._head_bytes > self.max_head_bytes:
            error = _head_too_large(self.max_head_bytes)
        super().refuse(error)

    def refusal(self, error: EdgeError) -> Response:
        return refusal(error)

    def on_headers_complete(self) -> None:
        size, hosts = len(self.url), 0
        for name, value in self.headers:
            size += len(name) + len(value) + 4
            hosts += name == b"host"
        if size > self.max_head_bytes:
            raise _head_too_large(self.max_head_bytes)
        # HTTP/1.0 may omit it. Source: RFC 9112, 3.2.
        if hosts != 1 and (hosts or self.parser.get_http_version() == "1.1"):
            raise RequestMalformed("a request names its Host once")
        super().on_headers_complete()
        if (version := self.scope["http_version"]) not in SPOKEN:
            raise RequestMalformed(f"HTTP/{version} is not spoken here")
        self._framing_bytes = 0
        self._stop_timer()  # `_parse` starts that of the body, if it is still to come

    def on_body(self, body: bytes) -> None:
        self._framing_bytes -= len(body) + PER_CHUNK_BYTES
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._stop_timer()
        self._head_bytes = 0
        super().on_message_complete()

    def pause_writing(self) -> None:
        """Starts the limit for a client that reads more slowly than the edge writes."""
        super().pause_writing()
        self._stop_write_timer()
        self._write_timer = self.loop.call_later(self.read_within_s, self.link.abort)

    def resume_writing(self) -> None:
        self._stop_write_timer()
        super().resume_writing()

    def _parse(self, data: bytes) -> None:
        self._head_bytes += len(data)
        self._framing_bytes = max(self._framing_bytes, 0) + len(data)
        super().data_received(data)
        if self.in_head and self._head_bytes > self.max_head_bytes:
            self.refuse(_head_too_large(self.max_head_bytes))
        elif not self.in_head and self._framing_bytes > self.max_framing_bytes:
            self.refuse(_framing_too_large(self.max_framing_bytes))
        elif self._timer is None and self.refused is None:
            if not self.in_head:
                self._limit_time(self.body_within_s)
            elif self._head_bytes:
                self._limit_time(self.head_within_s)

    def _limit_time(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, self._cut)

    def _cut(self) -> None:
        if self._head_bytes == 0:
            self.link.close()
        else:
            self.refuse(RequestTooSlow("the request did not arrive in time"))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stop_write_timer(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None


def _head_too_large(most_bytes: int) -> HeadersTooLarge:
    return HeadersTooLarge(f"path and headers may have {most_bytes} bytes at most")


def _framing_too_large(most_bytes: int) -> HeadersTooLarge:
    return HeadersTooLarge(f"trailers and what chunks carry may have {most_bytes} bytes at most")


# Key of the lifespan's state: the asyncio.Event that is set when streams are to end.
CLOSING = "edge.closing"
# Key of the lifespan's state: what `shed` returns of a scope, and of whether too many wait.
SHED = "edge.shed"
# Key of a request's scope: when its head, and later its body, was received, in seconds of
# `time.monotonic()`.
RECEIVED = "edge.received"


class EdgeProtocol(LimitedProtocol):
    """Notes when requests were received, sheds load, and ends streams when the server stops."""

    _receive_times: ReceiveTimes | None = None
    _received = 0.0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._receive_times = ReceiveTimes(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._receive_times is not None:
            self._receive_times.close()
            self._receive_times = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._receive_times is not None:
            self._received = self._receive_times.latest()
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self._note_receipt()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._note_receipt()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Counts a pipelined request as received when the one before it is done."""
        if self.pipeline:
            following: Any = self.pipeline[-1][0].scope
            following[RECEIVED] = time.monotonic()
        super().on_response_complete()

    def shed(self, scope: Any) -> Response | None:
        refused: Response | None = self.app_state[SHED](scope, self.turns.full())
        return refused

    def shutdown(self) -> None:
        """Ends the connection; uvicorn calls it for each when the server stops."""
        self.app_state[CLOSING].set()
        self.stop()

    def _note_receipt(self) -> None:
        scope: Any = self.scope
        scope[RECEIVED] = self._received
