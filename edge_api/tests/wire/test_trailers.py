"""Trailers are dropped, and limited in size. Source: RFC 9110, 6.5.1."""

import json
import threading
import time
from contextlib import suppress

import pytest

from edge_api.tests.wire.conftest import EdgeProcess
from edge_api.tests.wire.raw import CHUNKED, GET, asked, connected, flood

MEBIBYTE = 1024 * 1024
NOTE = (
    b"POST /toy/notes HTTP/1.1\r\nHost: x\r\n%bTransfer-Encoding: chunked\r\n\r\n"
    b'10\r\n{"title":"milk"}\r\n0\r\n'
)
JSON = b"Content-Type: application/json\r\n"


def cut(parts: list[bytes], together: bool) -> list[bytes]:
    return [b"".join(parts)] if together else parts


@pytest.mark.parametrize("together", [True, False])
def test_a_trailer_signs_nobody_in(edge: EdgeProcess, together: bool) -> None:
    parts = [NOTE % JSON, b"Authorization: Bearer x\r\n", b"\r\n"]
    answer = asked(edge.url, *cut(parts, together))
    assert (answer.status, answer.code) == (401, "TOKEN_MISSING")


@pytest.mark.parametrize("together", [True, False])
def test_a_trailer_says_nothing_of_the_body(edge: EdgeProcess, together: bool) -> None:
    head = b"POST /toy/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    parts = [head + b"2\r\n{}\r\n0\r\n", JSON, b"\r\n"]
    answer = asked(edge.url, *cut(parts, together))
    assert (answer.status, answer.code) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    "trailer",
    [
        b"X-Forwarded-For: 192.0.2.1",
        b"X-Request-Id: mine",
        b"Idempotency-Key: mine",
        b"Host: another",
        b"Content-Length: 0",
        b"Expect: 100-continue",
        b"traceparent: 00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01",
    ],
)
def test_no_application_sees_a_trailer(mirror: str, trailer: bytes, together: bool) -> None:
    parts = [CHUNKED + b"2\r\n{}\r\n0\r\n", trailer + b"\r\n", b"\r\n"]
    seen = json.loads(asked(mirror, *cut(parts, together)).body)
    assert sorted(seen) == ["content-type", "host", "transfer-encoding"]


def test_the_next_request_has_no_trailer_either(mirror: str) -> None:
    with connected(mirror) as raw:
        raw.send(CHUNKED + b"2\r\n{}\r\n0\r\nX-Left: over\r\n\r\n" + GET)
        raw.answer()
        assert json.loads(raw.answer().body) == ["host"]


def test_a_trailer_that_belongs_there_harms_nobody(edge: EdgeProcess) -> None:
    answer = asked(edge.url, CHUNKED + b"2\r\n{}\r\n0\r\nDigest: abc\r\n\r\n")
    assert answer.status == 200


ENDLESS = {
    "trailers": (b"0\r\n", b"x: y\r\n"),
    "one trailer": (b"0\r\nx: ", b"y"),
    "a trailer's name": (b"0\r\n", b"x"),
    "a chunk's extension": (b"1;", b"x"),
    "extensions": (b"1", b";x=y"),
    "extended chunks": (b"", b"1;abcdefghijklmnopqrstuvwxyz\r\n \r\n"),
}


@pytest.mark.parametrize(("begun", "endless"), ENDLESS.values(), ids=ENDLESS)
def test_what_comes_with_a_body_is_limited(edge: EdgeProcess, begun: bytes, endless: bytes) -> None:
    with edge.grows_at_most(24 * MEBIBYTE), connected(edge.url) as raw:
        raw.send(CHUNKED + begun)
        sent = flood(raw, endless * (65536 // len(endless)), 93 * MEBIBYTE)
        answer = raw.answer()
    assert (answer.status, answer.code) == (431, "HEADERS_TOO_LARGE")
    assert answer.document["instance"] == "/toy/echo"
    assert sent < 93 * MEBIBYTE, "the edge reads on and on"


def test_chunks_as_small_as_can_be_are_a_body_all_the_same(edge: EdgeProcess) -> None:
    """A JSON encoder that streams its output makes such chunks."""
    text = json.dumps({"string_value": "x" * 20_000}).encode()
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in text)
    answer = asked(edge.url, CHUNKED + chunks + b"0\r\n\r\n")
    assert answer.status == 200
    assert answer.document["string_value"] == "x" * 20_000


def test_the_edge_serves_others_meanwhile(edge: EdgeProcess) -> None:
    """Has four connections send what is refused, again and again."""
    over, slowest_s = threading.Event(), 0.0

    def attack() -> None:
        while not over.is_set():
            with connected(edge.url) as raw, suppress(ConnectionError):
                raw.send(CHUNKED + b"0\r\n")
                flood(raw, b"x: y\r\n" * 40_000, MEBIBYTE)
                raw.answer()

    attackers = [threading.Thread(target=attack) for _ in range(4)]
    for attacker in attackers:
        attacker.start()
    for _ in range(20):
        started = time.monotonic()
        assert asked(edge.url, GET).status == 200
        slowest_s = max(slowest_s, time.monotonic() - started)
    over.set()
    for attacker in attackers:
        attacker.join()
    assert slowest_s < 2
