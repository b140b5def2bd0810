"""How a response is written to its connection."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from edge_api.http.transport import LingeringTransport


class Pipe(asyncio.Transport):
    """Keeps what is written, one entry a write, and whether it was closed after it."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[bytes | str] = []

    def write(self, data: Any) -> None:
        self.log.append(bytes(data))

    def close(self) -> None:
        self.log.append("closed")

    def is_closing(self) -> bool:
        return "closed" in self.log

    def get_write_buffer_size(self) -> int:
        return 0


@pytest.fixture
def pipe() -> Pipe:
    return Pipe()


@pytest.fixture
def link(pipe: Pipe) -> Iterator[LingeringTransport]:
    loop = asyncio.new_event_loop()
    yield LingeringTransport(pipe, loop, unfinished=lambda: False, within_s=1, most_bytes=10)
    loop.close()


def test_what_is_written_together_goes_out_in_one_piece(
    pipe: Pipe, link: LingeringTransport
) -> None:
    link.hold()
    link.write(b"head ")
    link.write(bytearray(b"body"))
    assert pipe.log == []
    link.flush()
    link.flush()
    link.write(b"next")
    assert pipe.log == [b"head body", b"next"]


def test_a_close_comes_after_what_was_held(pipe: Pipe, link: LingeringTransport) -> None:
    link.hold()
    link.write(b"last")
    link.close()
    link.flush()
    assert pipe.log == [b"last", "closed"]
