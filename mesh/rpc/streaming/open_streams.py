"""Limits how many streams of an RPC a caller holds open, by the contract."""

import threading
from collections import Counter
from collections.abc import Callable

from mesh.context import Call
from mesh.core.errors import ResourceExhausted
from mesh.core.network import client_network


class TooManyStreams(ResourceExhausted):
    reason = "TOO_MANY_STREAMS"
    retry_after_s = 5.0


class OpenStreams:
    """Counts one RPC's streams in this process, for any thread; `most` 0 is without limit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._open: Counter[str] = Counter()

    def __len__(self) -> int:
        """Returns how many callers hold any."""
        return len(self._open)

    def open(self, call: Call) -> Callable[[], None]:
        """Counts one more stream. Returns the function to call once when the stream is over.

        A service that calls for a user is counted as that user, and an anonymous client by its
        address, if the edge passed one on. Raises TooManyStreams.
        """
        caller = call.caller.subject or client_network(call.client_address)
        with self._lock:
            if self._most and self._open[caller] >= self._most:
                text = f"{self._most} streams of this kind are open: close one first"
                raise TooManyStreams(text)
            self._open[caller] += 1
        return lambda: self._close(caller)

    def _close(self, caller: str) -> None:
        with self._lock:
            self._open[caller] -= 1
            if not self._open[caller]:
                del self._open[caller]
