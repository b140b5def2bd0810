"""Closing of a connection so that its client can read the last response."""

import asyncio
from collections.abc import Callable
from typing import Any


class LingeringTransport(asyncio.Transport):
    """Closes its writing half first while a client may still be sending, and discards the rest.

    If both halves were closed, the kernel would reset the connection when more data comes, and
    the client's kernel would drop what the client has not read yet.
    Source: RFC 9112, 9.6; nginx, `lingering_close`.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        *,
        unfinished: Callable[[], bool],
        within_s: float,
        most_bytes: int,
    ) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._unfinished = unfinished
        self._within_s = within_s
        self._left_bytes = most_bytes
        self._closing = False
        self._timer: asyncio.TimerHandle | None = None

    def close(self) -> None:
        if self.is_closing():
            return
        self._closing = True
        if not self._unfinished():
            self.close_now()
            return
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._transport.resume_reading()
        self._timer = self._loop.call_later(self._within_s, self.close_now)

    def close_now(self) -> None:
        """Closes; what was written is still sent, if the client reads it in time."""
        self._closing = True
        self.forget()
        self._transport.close()
        if self._transport.get_write_buffer_size():
            self._timer = self._loop.call_later(self._within_s, self._transport.abort)

    def discard(self, count_bytes: int) -> None:
        """Counts received bytes that are dropped, and closes when they are too many."""
        self._left_bytes -= count_bytes
        if self._left_bytes < 0:
            self.close_now()

    def forget(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def is_closing(self) -> bool:
        return self._closing or self._transport.is_closing()

    def abort(self) -> None:
        self._transport.abort()

    def write(self, data: "bytes | bytearray | memoryview[Any]") -> None:
        self._transport.write(data)

    def pause_reading(self) -> None:
        if not self._closing:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if not self._closing:
            self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)
