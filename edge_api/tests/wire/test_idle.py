"""Where room is short, idle connections make it, the longest idle first, and no others."""

import asyncio
from typing import Any

from edge_api.tests.conftest import served
from edge_api.tests.wire.conftest import lives
from edge_api.tests.wire.raw import Raw, connected

GET = b"GET /%b HTTP/1.1\r\nHost: x\r\n\r\n"


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answers with 204; what asks for `/late` once somebody asks for `/go`."""
    if scope["type"] == "lifespan":
        scope["state"]["go"] = asyncio.Event()
        await lives(scope, receive, send)
        return
    go: asyncio.Event = scope["state"]["go"]
    if scope["path"] == "/go":
        go.set()
    if scope["path"] == "/late":
        await go.wait()
    fields = [(b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 204, "headers": fields})
    await send({"type": "http.response.body"})


def asked(raw: Raw, path: bytes = b"") -> int:
    """Returns the status; what was sent to the edge before has been read then."""
    raw.send(GET % path)
    return raw.answer().status


def test_the_one_that_was_idle_for_longest_makes_room() -> None:
    with (
        served(application, most=3) as url,
        connected(url) as first,
        connected(url) as second,
        connected(url) as third,
    ):
        assert [asked(each) for each in (first, second, third, first)] == [204] * 4
        with connected(url) as fourth:
            assert asked(fourth) == 204
            assert second.is_closed()
            assert [asked(each) for each in (first, third, fourth)] == [204] * 3


def test_one_that_never_asked_makes_room() -> None:
    with served(application, most=2) as url, connected(url) as silent, connected(url) as second:
        assert asked(second) == 204
        with connected(url) as third:
            assert asked(third) == 204
            assert silent.is_closed()
            assert asked(second) == 204


def test_one_that_is_served_is_not_closed() -> None:
    with served(application, most=2) as url, connected(url) as late:
        late.send(GET % b"late")
        with connected(url) as second:
            assert asked(second) == 204
            with connected(url) as third:
                assert asked(third, b"go") == 204
                assert late.answer().status == 204
                assert second.is_closed()
