"""The way back to one watcher."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import grpc
from google.protobuf import message
from grpc_status import rpc_status

from mesh.core.errors import DomainError, to_status
from mesh.trailers import add_trailers

# Sent with the headers to a watcher that was admitted and for whom there is no event yet.
# Without it headers mean nothing: they come with an event, or with an error, too.
WAITING = "x-mesh-waiting"

Send = Callable[[message.Message | None], None]


class Stream:
    """Used by one thread at a time, but for `cut_off`.

    `send` is grpcio's, of a handler that does not hold its thread. It returns once the
    message is on its way, which a client that does not read can hold up.
    """

    def __init__(self, context: grpc.ServicerContext, send: Send) -> None:
        self._context: Any = context  # the stubs know less of it
        self._send = send
        self._said_waiting = False
        self.taken = 0

    def give(self, event: message.Message) -> None:
        self._send(event)
        self.taken += 1

    def say_waiting(self) -> None:
        """Let the client know that it was admitted, unless an event did."""
        if self.taken or self._said_waiting:
            return
        self._said_waiting = True
        with suppress(grpc.RpcError):  # it is gone
            self._context.send_initial_metadata(((WAITING, "1"),))

    def end(self) -> None:
        self._send(None)

    def fail(self, error: DomainError) -> None:
        status = rpc_status.to_status(to_status(error))
        self._context.set_code(status.code)
        self._context.set_details(status.details)
        add_trailers(self._context, *status.trailing_metadata)
        self._send(None)

    def cut_off(self) -> None:
        """End it for a client that does not read; frees who is sending to it."""
        self._context.cancel()

    def when_over(self, callback: Callable[[], None]) -> None:
        call_when_over(self._context, callback)


def call_when_over(context: grpc.ServicerContext, callback: Callable[[], None]) -> None:
    """Calls back when the RPC is over, for whatever reason; at once if it is."""
    if not context.add_callback(callback):
        callback()
