"""How long a request waited to be read, which the event loop by itself can't tell.

While the loop is busy, or its process is being started, requests lie in the kernel. It knows
since when: `tcpi_last_data_recv` of TCP_INFO, in milliseconds. Source: tcp(7), linux/tcp.h.
"""

import socket
import time
from asyncio import Transport
from struct import Struct

_LAST_DATA_RECV = Struct("=I")
_OFFSET, _BYTES = 52, 56
# Where the kernel tells nothing of it, or not so, a request counts as just arrived.
_TCP_INFO: int | None = getattr(socket, "TCP_INFO", None)


class ReceiveTimes:
    """One connection's. `close` it before the connection's file number is another's."""

    def __init__(self, transport: Transport) -> None:
        peer = transport.get_extra_info("socket")
        # uvloop's own stand-in for a socket makes a new one for each question: 4 µs, not 1.
        self._socket = socket.socket(peer.family, peer.type, peer.proto, peer.fileno())

    def latest(self) -> float:
        """Returns when the latest bytes arrived, in seconds of `time.monotonic()`."""
        if _TCP_INFO is None:
            return time.monotonic()
        try:
            info = self._socket.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _BYTES)
        except OSError:
            return time.monotonic()
        waited_ms: int = _LAST_DATA_RECV.unpack_from(info, _OFFSET)[0]
        return time.monotonic() - waited_ms / 1000

    def close(self) -> None:
        """Lets go of the file number, which is the transport's."""
        self._socket.detach()
