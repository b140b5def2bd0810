"""uvicorn's HTTP, within limits, with streams that end in time and a note of when requests came."""

import time
from asyncio import Transport
from typing import Any

from edge_api.http_limits import LimitedProtocol
from edge_api.receive_times import ReceiveTimes

# What the application's lifespan leaves there for us: an asyncio.Event.
LEAVING = "leaving"
# What we leave in a request's scope: when its head came and, once it was read, its body,
# in seconds of `time.monotonic()`.
RECEIVED = "edge.received"


class EdgeProtocol(LimitedProtocol):
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
        """A request that was sent before the answer to another waits for its client's own."""
        if self.pipeline:
            following: Any = self.pipeline[-1][0].scope
            following[RECEIVED] = time.monotonic()
        super().on_response_complete()

    def shutdown(self) -> None:
        """Called for every connection when the server is told to stop."""
        self.app_state[LEAVING].set()
        self.stop()

    def _note_receipt(self) -> None:
        scope: Any = self.scope
        scope[RECEIVED] = self._received
