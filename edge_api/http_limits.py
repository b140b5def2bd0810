"""What a connection may take: time to send a request, bytes of its head, time to be read.

uvicorn limits none of these. A body's bytes are limited where it is read.
"""

from asyncio import TimerHandle, Transport
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from edge_api.errors import EdgeError, HeadersTooLarge, RequestMalformed, RequestTooSlow
from edge_api.problems import PROBLEM_JSON, answer, problem_of


class LimitedProtocol(HttpToolsProtocol):
    """Answers what is over a limit, or no HTTP, with a problem, and closes the connection.

    No request came about then, so there is no id.
    """

    max_head_bytes: ClassVar[int] = 32 * 1024
    head_within_s: ClassVar[float] = 10.0
    body_within_s: ClassVar[float] = 20.0
    read_within_s: ClassVar[float] = 30.0

    _in_head = True
    _head_bytes = 0
    _refused: EdgeError | None = None
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
        if self._in_head:
            self._head_bytes += len(data)
            if self._timer is None:
                self._limit_time(self.head_within_s)
        super().data_received(data)
        if self._in_head and self._head_bytes > self.max_head_bytes:
            self._refuse(_too_large(self.max_head_bytes))

    def on_headers_complete(self) -> None:
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self.max_head_bytes:
            self._refused = _too_large(self.max_head_bytes)
        elif not self._has_its_host():
            self._refused = RequestMalformed("a request names its Host once")
        if self._refused:
            raise self._refused  # the parser stops, and says so by `send_400_response`
        super().on_headers_complete()
        self._in_head = False
        self._limit_time(self.body_within_s)

    def on_message_complete(self) -> None:
        self._stop_timer()
        self._in_head, self._head_bytes = True, 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        if self._in_head and self._head_bytes > self.max_head_bytes:
            self._refused = self._refused or _too_large(self.max_head_bytes)
        self._refuse(self._refused or RequestMalformed(msg))

    def pause_writing(self) -> None:
        """The client reads more slowly than it is answered."""
        super().pause_writing()
        self._stop_write_timer()
        self._write_timer = self.loop.call_later(self.read_within_s, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_write_timer()
        super().resume_writing()

    def _has_its_host(self) -> bool:
        """Source: RFC 9112, 3.2: whose it is must not be told by guessing."""
        hosts = sum(name == b"host" for name, _ in self.headers)
        return hosts == 1 or (hosts == 0 and self.parser.get_http_version() == "1.0")

    def _limit_time(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, self._cut)

    def _cut(self) -> None:
        cycle: RequestResponseCycle | None = self.cycle
        if (cycle is not None and cycle.response_started) or self._head_bytes == 0:
            self.transport.close()
        else:
            self._refuse(RequestTooSlow("the request did not arrive in time"))

    def _refuse(self, error: EdgeError) -> None:
        if self.transport.is_closing():
            return
        content = answer(problem_of(error), instance="").content
        head = (
            f"content-type: {PROBLEM_JSON}\r\n"
            f"content-length: {len(content)}\r\n"
            "connection: close\r\n\r\n"
        )
        self.transport.write(STATUS_LINE[error.status] + head.encode() + content)
        self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stop_write_timer(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None


def _too_large(most_bytes: int) -> HeadersTooLarge:
    return HeadersTooLarge(f"path and headers may have {most_bytes} bytes at most")
