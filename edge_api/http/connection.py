"""uvicorn's HTTP/1.1 connection, and all that the edge uses of its internals.

`tests/test_uvicorn.py` lists those internals, and fails when an update changes one.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from edge_api.http.response_writer import Response
from edge_api.http.transport import LingeringTransport
from edge_api.http.turns import Turns
from edge_api.problems.errors import EdgeError, RequestMalformed

# Key of a request's scope: the EdgeError for which the rest of the request was refused.
REFUSED = "edge.refused"
# Key of a request's scope: the HttpConnection that it came by.
CONNECTION = "edge.connection"
_CLOSE = b"connection: close\r\n"


def check_whole(scope: Mapping[str, Any]) -> None:
    """Raises the EdgeError for which a request's body was not read to its end."""
    if REFUSED in scope:
        raise scope[REFUSED]


class HttpConnection(HttpToolsProtocol):
    """Serves the requests of a connection in their order, refusals included.

    - Trailers are dropped, so that a field after the head can't replace one in it.
      Source: RFC 9110, 6.5.1.
    - `Upgrade` is ignored: the request is served as it is, with its body, which httptools
      would take for the next protocol's bytes. Java's HttpClient asks for h2c with every
      first request. Source: RFC 9110, 7.8.
    - Pipelined requests are queued, `max_pipelined` at most.
    - A request that is responded to before it was read is the connection's last.
    - What a client that hangs up asked for is cancelled.

    `idle` has the connections that wait for a request, those that wait longest first.
    """

    linger_within_s: ClassVar[float] = 10.0
    linger_bytes: ClassVar[int] = 64 * 1024 * 1024
    max_pipelined: ClassVar[int] = 64

    link: LingeringTransport
    turns: Turns
    idle: "OrderedDict[HttpConnection, None]"
    on_lost: Callable[[], None] | None = None
    in_head = True  # between requests, or in the next one's head
    refused: EdgeError | None = None
    lost = False
    _asked_to_keep = True
    _stopping = False
    _upgrading = False
    _answering: RequestResponseCycle | None = None
    _task: "asyncio.Task[None] | None" = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        self.link = LingeringTransport(
            transport,
            self.loop,
            unfinished=self._is_unfinished,
            within_s=self.linger_within_s,
            most_bytes=self.linger_bytes,
        )
        super().connection_made(self.link)
        self.idle[self] = None

    def connection_lost(self, exc: Exception | None) -> None:
        self.link.forget()
        self.idle.pop(self, None)
        self.lost = True
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()
            if self._task is not None:
                self._task.cancel()
        super().connection_lost(exc)
        if self.on_lost is not None:
            self.on_lost()

    def data_received(self, data: bytes) -> None:
        if self.refused is not None or self.link.is_closing():
            self.link.discard(len(data))
            return
        self.idle.pop(self, None)
        self._unset_keepalive_if_required()
        try:
            self._feed(data)
        except EdgeError as error:
            self.refuse(error)
        except HttpParserError as error:
            raised = error.__context__  # by one of the methods below
            malformed = RequestMalformed("the request is not well-formed HTTP")
            self.refuse(raised if isinstance(raised, EdgeError) else malformed)

    def refuse(self, error: EdgeError) -> None:
        """Stops reading, and responds with the error, to the request being served if any."""
        if self.refused is not None or self.link.is_closing():
            return
        self.refused = error
        cycle: RequestResponseCycle | None = None if self.in_head else self.cycle
        if cycle is not None:
            cycle.scope[REFUSED] = error  # type: ignore[literal-required]  # ours, not ASGI's
            cycle.more_body = False
            cycle.message_event.set()
        else:
            self._answer_refused()

    def refusal(self, error: EdgeError) -> Response:
        """Returns the response to what never became a request."""
        raise NotImplementedError

    def shed(self, scope: Any) -> Response | None:
        """Returns the response to a request that is refused before a task was made for it."""
        return None

    def stop(self) -> None:
        """Starts no further request, and closes the connection unless one is being served."""
        self._stopping = True
        if self.link.is_closing():
            self.link.close_now()
        super().shutdown()

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= self.max_pipelined:
            raise RequestMalformed("too many requests came before the first was answered")
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self.parser.should_upgrade():
            self._upgrading = True  # `_feed` goes on
            return
        super().on_headers_complete()
        self.scope[CONNECTION] = self  # type: ignore[literal-required]  # ours, not ASGI's
        self._asked_to_keep, self.cycle.keep_alive = self.cycle.keep_alive, False
        self.in_head = False

    def on_message_complete(self) -> None:
        if self._upgrading:
            return
        if not self.cycle.response_started:
            self.cycle.keep_alive = self._asked_to_keep and not self._stopping
        self.in_head = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.refused is not None and self.in_head:
            self._answer_refused()
        elif self.timeout_keep_alive_task is not None:
            self.idle[self] = None

    def _feed(self, data: bytes) -> None:
        while True:
            try:
                self.parser.feed_data(data)
            except HttpParserUpgrade as upgrade:
                data = self._without_upgrade() + data[upgrade.args[0] :]
            else:
                return

    def _without_upgrade(self) -> bytes:
        """Returns the head without `Upgrade`, for a new parser. Raises RequestMalformed."""
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        if method == b"CONNECT":
            raise RequestMalformed("this is no proxy")
        fields = [b"%b: %b\r\n" % field for field in self.headers if field[0] != b"upgrade"]
        self._upgrading = False
        self.parser = HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return b"".join([b"%b %b HTTP/%b\r\n" % (method, self.url, version), *fields, b"\r\n"])

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        self._task = None
        response = self.shed(cycle.scope)
        if response is None:
            self.turns.begin(partial(self._begin, cycle, app))
        else:  # once the request was read to its end, without a task, which would cost more
            self.loop.call_soon(self._answer, cycle, response)

    def _begin(self, cycle: RequestResponseCycle, app: Any) -> None:
        if not cycle.disconnected:
            task = self._task = self.loop.create_task(cycle.run_asgi(app))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    def body(self) -> bytes | None:
        """Returns the body of the request being served; None if it is not here as a whole."""
        cycle = self._answering
        if cycle is None or cycle.more_body or cycle.disconnected:
            return None
        return bytes(cycle.body)

    async def respond(self, response: Response) -> None:
        """Sends a response that is no stream to the request being served, by a single write."""
        if self.flow.write_paused:
            await self.flow.drain()
        if self._answering is not None:
            self._answer(self._answering, response)

    def _answer(self, cycle: RequestResponseCycle, response: Response) -> None:
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        if self.link.is_closing():
            return
        if cycle.scope["method"] == "HEAD":
            response = response._replace(body=b"")
        last = not cycle.keep_alive or _CLOSE in response.fields
        self._write(response, b"" if not last or _CLOSE in response.fields else _CLOSE)
        if last:
            self.link.close()
        self.on_response_complete()

    def _answer_refused(self) -> None:
        """Sends the refusal once all earlier requests have their responses."""
        answering = self._answering
        if self.pipeline or (answering is not None and not answering.response_complete):
            return
        if self.refused is None or self.link.is_closing():
            return
        self._write(self.refusal(self.refused))
        self.link.close()

    def _write(self, response: Response, more: bytes = b"") -> None:
        status, fields, body = response
        own = [b"%b: %b\r\n" % field for field in self.server_state.default_headers]
        self.link.write(b"".join([STATUS_LINE[status], *own, fields, more, b"\r\n", body]))

    def _is_unfinished(self) -> bool:
        """Whether the client may still be sending."""
        unread = self.refused is not None or not self.in_head or bool(self.pipeline)
        return unread and not self._stopping
