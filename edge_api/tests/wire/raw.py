"""A client that sends given bytes, and parses responses by itself."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import urlsplit

PATIENCE_S = 15.0
GET = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = (
    b"POST /toy/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.document["code"])


class Raw:
    """One connection."""

    def __init__(self, connection: socket.socket, received: BinaryIO) -> None:
        self.socket = connection
        self._received = received

    def send(self, *segments: bytes, pause_s: float = 0.05) -> None:
        """Sends each segment by itself, so that the edge has read one before the next is sent."""
        for number, segment in enumerate(segments):
            if number:
                time.sleep(pause_s)
            self.socket.sendall(segment)

    def answer(self) -> Answer:
        status = int(self._received.readline().split()[1])
        lines = iter(lambda: self._received.readline().rstrip(b"\r\n"), b"")
        fields = (line.decode("latin1").split(": ", 1) for line in lines)
        headers = {name.lower(): value for name, value in fields}
        return Answer(status, headers, self._received.read(int(headers["content-length"])))

    def is_closed(self) -> bool:
        """Whether the edge closes the connection without sending more."""
        return self._received.read() == b""


@contextmanager
def connected(url: str) -> Iterator[Raw]:
    address = urlsplit(url)
    where = address.hostname, address.port
    with (
        socket.create_connection(where, PATIENCE_S) as connection,
        connection.makefile("rb") as received,
    ):
        yield Raw(connection, received)


def asked(url: str, *segments: bytes) -> Answer:
    """Sends bytes on a new connection, and returns the first response."""
    with connected(url) as raw:
        raw.send(*segments)
        return raw.answer()


def flood(raw: Raw, part: bytes, most_bytes: int, pause_s: float = 0) -> int:
    """Sends until that is enough or the edge hangs up; returns how many bytes were sent."""
    sent = 0
    with suppress(ConnectionError):
        while sent < most_bytes:
            raw.socket.sendall(part)
            sent += len(part)
            time.sleep(pause_s)
    return sent
