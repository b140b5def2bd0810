"""The internals of uvicorn that the edge uses: an update that changes one fails here."""

import asyncio
import inspect
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

import edge_api

CALLED_OR_REPLACED = {
    "connection_made": "transport",
    "connection_lost": "exc",
    "data_received": "data",
    "pause_writing": "",
    "resume_writing": "",
    "shutdown": "",
    "on_message_begin": "",
    "on_header": "name value",
    "on_headers_complete": "",
    "on_body": "body",
    "on_message_complete": "",
    "on_response_complete": "",
    "_start_asgi_task": "cycle app",
    "_unset_keepalive_if_required": "",
}
OF_A_CONNECTION = set(
    "app_state cycle headers loop parser pipeline scope server_state "
    "timeout_keep_alive_task".split()
)
OF_A_CYCLE = set(
    "body disconnected keep_alive message_event more_body response_complete response_started "
    "scope".split()
)


async def application(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("this is called by nobody")


@pytest.mark.parametrize(("name", "parameters"), CALLED_OR_REPLACED.items())
def test_the_methods_are_there_and_take_the_same(name: str, parameters: str) -> None:
    signature = inspect.signature(getattr(HttpToolsProtocol, name))
    assert list(signature.parameters) == ["self", *parameters.split()]


def test_a_connection_has_the_attributes() -> None:
    loop = asyncio.new_event_loop()
    config = uvicorn.Config(application, lifespan="off", interface="asgi3")
    connection = HttpToolsProtocol(config, ServerState(), {}, loop)
    loop.close()
    assert vars(connection).keys() >= OF_A_CONNECTION
    assert connection.server_state.default_headers == []
    connection.on_message_begin()
    assert connection.url == b""
    assert connection.scope["headers"] is connection.headers


def test_a_request_under_way_has_the_attributes() -> None:
    cycle: Any = RequestResponseCycle
    parameters = inspect.signature(cycle).parameters
    assert vars(cycle(**dict.fromkeys(parameters))).keys() >= OF_A_CYCLE


def test_a_status_has_a_line() -> None:
    assert STATUS_LINE[431] == b"HTTP/1.1 431 Request Header Fields Too Large\r\n"


def test_one_file_knows_of_it() -> None:
    knowing = [
        path.name
        for path in Path(edge_api.__file__).parent.rglob("*.py")
        if "tests" not in path.parts and "uvicorn.protocols" in path.read_text()
    ]
    assert knowing == ["connection.py"]
