"""One call over gRPC, under way, and its answer."""

import time
from collections.abc import Set as AbstractSet
from typing import Any

import grpc

from mesh.contract.model import Method
from mesh.rpc.metadata import Metadata
from tests.fuzz.answers import LATE_AFTER_S, Answer, answer_of, error_of

# How many events of a stream are read, and how many seconds the first may take.
EVENTS, STREAM_S = 3, 5.0


class Call:
    """A call that is sent when the object is made. `name` says who asks."""

    def __init__(
        self,
        channel: grpc.Channel,
        method: Method,
        request: bytes,
        name: str,
        metadata: Metadata,
    ) -> None:
        self.method, self.request, self.name = method, request, name
        self._streams = method.descriptor.server_streaming
        self._sent = time.monotonic()
        self._took_s = 0.0
        self._call = self._start(channel, metadata)
        self._call.add_done_callback(self._ended)

    def _start(self, channel: Any, metadata: Metadata) -> Any:
        """Sends with more time than the servicer has, as the servicer has to end the call."""
        path, request = self.method.path, self.request
        if self._streams:
            return channel.unary_stream(path)(request, metadata=metadata, timeout=STREAM_S)
        timeout = self.method.deadline_s + 2 * LATE_AFTER_S
        return channel.unary_unary(path).future(request, metadata=metadata, timeout=timeout)

    def answer(self, foreign: AbstractSet[bytes]) -> Answer:
        """Waits for the answer. `foreign`: what this caller must never be told."""
        try:
            messages = self._read() if self._streams else [self._call.result()]
        except grpc.RpcError as error:
            return error_of(self.method, self.request, error, self._took_s)
        if any(secret in message for message in messages for secret in foreign):
            return Answer("OK", "tells of what is somebody else's")
        return answer_of(self.method, messages, self._took_s)

    def _read(self) -> list[bytes]:
        """Returns the first events; none where a subscription has to wait for one."""
        try:
            if dict(self._call.initial_metadata()).get("x-mesh-waiting"):
                return []
            return [event for event, _ in zip(self._call, range(EVENTS), strict=False)]
        finally:
            self._call.cancel()

    def _ended(self, *_: object) -> None:
        self._took_s = time.monotonic() - self._sent

    def __str__(self) -> str:
        return f"{self.method.path} as {self.name}, sent {self.request.hex() or 'nothing'}"
