"""A client whose body is refused can read the refusal. Source: RFC 9112, 9.6."""

import http.client
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
import pytest
import requests

from edge_api.http.protocol import LimitedProtocol
from edge_api.tests.wire.conftest import EdgeProcess, mirrored
from edge_api.tests.wire.raw import CHUNKED, GET, connected, flood

MEBIBYTE = 1024 * 1024
LARGE = b" " * 6 * MEBIBYTE
JSON = {"Content-Type": "application/json"}
TOO_LARGE = (413, "application/problem+json")
Told = tuple[int, str | None]


def by_httpx(url: str, headers: dict[str, str]) -> Told:
    answer = httpx.post(url, content=LARGE, headers=headers)
    return answer.status_code, answer.headers["content-type"]


def by_httpx_in_chunks(url: str, headers: dict[str, str]) -> Told:
    chunks = (LARGE[:65536] for _ in range(96))
    answer = httpx.post(url, content=chunks, headers=headers)
    return answer.status_code, answer.headers["content-type"]


def by_requests(url: str, headers: dict[str, str]) -> Told:
    answer = requests.post(url, data=LARGE, headers=headers, timeout=10)
    return answer.status_code, answer.headers["content-type"]


def by_urllib(url: str, headers: dict[str, str]) -> Told:
    request = urllib.request.Request(url, data=LARGE, headers=headers)  # noqa: S310  # ours
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)  # noqa: S310  # ours
    with refused.value:
        return refused.value.code, refused.value.headers["content-type"]


def by_http_client(url: str, headers: dict[str, str]) -> Told:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.request("POST", urlsplit(url).path, body=LARGE, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, answer.headers["content-type"]


def by_socket(url: str, headers: dict[str, str]) -> Told:
    """Reads the response only after everything was sent."""
    with connected(url) as raw:
        lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
        head = f"POST /toy/echo HTTP/1.1\r\nHost: x\r\nContent-Length: {len(LARGE)}\r\n"
        raw.socket.sendall("".join([head, *lines, "\r\n"]).encode() + LARGE)
        answer = raw.answer()
        return answer.status, answer.headers["content-type"]


@pytest.mark.parametrize("kept", [{}, {"Connection": "close"}], ids=["kept", "closed"])
@pytest.mark.parametrize(
    "ask",
    [by_httpx, by_httpx_in_chunks, by_requests, by_urllib, by_http_client, by_socket],
)
def test_a_client_that_sends_too_much_reads_so(
    edge: EdgeProcess, ask: Callable[[str, dict[str, str]], Told], kept: dict[str, str]
) -> None:
    for _ in range(3):
        assert ask(f"{edge.url}/toy/echo", JSON | kept) == TOO_LARGE


def test_what_was_refused_is_not_kept_in_memory(edge: EdgeProcess) -> None:
    with edge.grows_at_most(24 * MEBIBYTE):
        senders = [threading.Thread(target=by_socket, args=(edge.url, JSON)) for _ in range(8)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()


@pytest.mark.parametrize(
    ("sent", "code"),
    [(b"GARBAGE\r\n\r\n", "REQUEST_MALFORMED"), (CHUNKED + b"nonsense\r\n", "REQUEST_MALFORMED")],
)
def test_whoever_goes_on_after_a_refusal_reads_it(
    edge: EdgeProcess, sent: bytes, code: str
) -> None:
    with connected(edge.url) as raw:
        raw.send(sent, LARGE)
        assert raw.answer().code == code


ENDLESS = b"POST /toy/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n"


def test_it_is_not_listened_to_for_long(client: httpx.Client, limits: Callable[..., None]) -> None:
    limits(linger_within_s=0.3)
    with connected(str(client.base_url)) as raw:
        raw.send(ENDLESS)
        assert raw.answer().status == 413
        assert flood(raw, b" ", 500, pause_s=0.02) < 500


def test_it_is_not_listened_to_without_end(
    client: httpx.Client, limits: Callable[..., None]
) -> None:
    limits(linger_bytes=MEBIBYTE)
    with connected(str(client.base_url)) as raw:
        raw.send(ENDLESS)
        assert raw.answer().status == 413
        assert flood(raw, b" " * 65536, 93 * MEBIBYTE) < 93 * MEBIBYTE


def test_an_edge_that_stops_does_not_wait_for_it() -> None:
    with ExitStack() as stack:
        serving = ExitStack()
        raw = stack.enter_context(connected(serving.enter_context(mirrored())))
        raw.send(b"GARBAGE\r\n\r\n")
        assert raw.answer().status == 400
        started = time.monotonic()
        serving.close()
        assert time.monotonic() - started < LimitedProtocol.linger_within_s / 2


def test_a_client_that_is_done_is_let_go_at_once(edge: EdgeProcess) -> None:
    with connected(edge.url) as raw:
        raw.send(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert raw.answer().status == 200
        assert raw.is_closed()
        raw.socket.shutdown(socket.SHUT_WR)
