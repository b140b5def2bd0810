"""How a response is written to its connection."""

import asyncio
import socket
from collections import OrderedDict
from typing import Any

import pytest
import uvicorn
from django.http import HttpResponse
from uvicorn.server import ServerState

from edge_api.http.connection import CONNECTION
from edge_api.http.protocol import CLOSING, SHED, EdgeProtocol
from edge_api.http.response_writer import whole
from edge_api.http.turns import Turns

GET = b"GET / HTTP/1.1\r\nHost: x\r\n%b\r\n"


class Pipe(asyncio.Transport):
    """Keeps what is written, one entry a write, and whether it was closed after it."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[bytes | str] = []
        self.ours = socket.socket()

    def write(self, data: Any) -> None:
        self.log.append(bytes(data))

    def close(self) -> None:
        if not self.is_closing():
            self.log.append("closed")

    def is_closing(self) -> bool:
        return "closed" in self.log

    def get_write_buffer_size(self) -> int:
        return 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.ours if name == "socket" else default

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


async def written(fields: bytes, response: HttpResponse) -> list[bytes | str]:
    """Returns what is written of a response to a request with these fields."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await scope[CONNECTION].respond(whole(response, "an-id"))

    config = uvicorn.Config(application, lifespan="off", interface="asgi3", log_config=None)
    state = {CLOSING: asyncio.Event(), SHED: lambda *_: None}
    protocol, pipe = EdgeProtocol(config, ServerState(), state), Pipe()
    protocol.turns, protocol.idle = Turns(asyncio.get_running_loop()), OrderedDict()
    protocol.connection_made(pipe)
    protocol.data_received(GET % fields)
    await asyncio.gather(*protocol.tasks)
    log = list(pipe.log)
    protocol.connection_lost(None)
    pipe.ours.close()
    return log


def test_a_response_goes_out_in_one_piece() -> None:
    (sent,) = asyncio.run(written(b"", HttpResponse(b"body", content_type="text/plain")))
    assert isinstance(sent, bytes)
    assert sent.startswith(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nx-request-id: an-id")
    assert sent.endswith(b"\r\n\r\nbody")
    assert b"content-length: 4\r\n" in sent
    assert b"connection" not in sent


@pytest.mark.parametrize("told", [b"", b"Connection: close\r\n"])
def test_the_last_one_says_so_once_and_is_followed_by_the_close(told: bytes) -> None:
    response = HttpResponse(b"last")
    if not told:
        response["Connection"] = "close"
    sent, then = asyncio.run(written(told, response))
    assert isinstance(sent, bytes)
    assert sent.count(b"connection: close\r\n") == 1
    assert then == "closed"


@pytest.mark.parametrize("value", ["a\x00b", "a\x7fb", "a\x1bb"])
def test_a_header_with_a_control_character_is_never_sent(value: str) -> None:
    response = HttpResponse(headers={"ETag": value})
    with pytest.raises(ValueError, match="character"):
        whole(response, "an-id")


def test_an_id_can_not_begin_a_header() -> None:
    with pytest.raises(ValueError, match="character"):
        whole(HttpResponse(), "an-id\r\nx: y")
