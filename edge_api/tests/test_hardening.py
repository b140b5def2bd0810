"""Clients that are slow, large or curious, and pages of other origins."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from edge_api.http.cors import origins_from_env
from edge_api.http.protocol import LimitedProtocol
from edge_api.tests.conftest import edge_before
from edge_api.tests.test_problems import assert_problem
from edge_api.tests.toy import Toy, toy_served
from mesh.core.config import SettingError

SHOP = "https://shop.example"
HEAD = b"POST /toy/echo HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets limits short enough for a test."""
    for name in ("head_within_s", "body_within_s", "read_within_s"):
        monkeypatch.setattr(LimitedProtocol, name, 0.3)


@pytest.fixture
def shop(contract_file: Path, toy: Toy) -> Iterator[httpx.Client]:
    """An edge that permits the shop's pages."""
    with (
        toy_served(toy) as port,
        edge_before(contract_file, port, cors_origins=frozenset({SHOP})) as url,
        httpx.Client(base_url=url) as opened,
    ):
        yield opened


@contextmanager
def connected(client: httpx.Client) -> Iterator[socket.socket]:
    address = urlsplit(str(client.base_url))
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        yield connection


def all_of(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def code_of(sent: bytes) -> tuple[bytes, str]:
    head, _, body = sent.partition(b"\r\n\r\n")
    return head.split()[1], json.loads(body)["code"]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("sent", [b"GET / HT", HEAD, HEAD + b"Content-Length: 9\r\n\r\n{"])
def test_a_request_that_comes_too_slowly_is_cut_with_408(client: httpx.Client, sent: bytes) -> None:
    with connected(client) as connection:
        connection.sendall(sent)
        started = time.monotonic()
        assert code_of(all_of(connection)) == (b"408", "REQUEST_TOO_SLOW")
    assert time.monotonic() - started < 2


@pytest.mark.usefixtures("quick")
def test_a_trickle_buys_no_time(client: httpx.Client) -> None:
    with connected(client) as connection:
        connection.sendall(HEAD)
        connection.settimeout(0.05)
        assert code_of(answered_while_trickling(connection)) == (b"408", "REQUEST_TOO_SLOW")


def answered_while_trickling(connection: socket.socket) -> bytes:
    for _ in range(40):
        connection.sendall(b"X-More: 1\r\n")
        with suppress(TimeoutError):
            return connection.recv(65536)
    raise AssertionError("a client that trickles is waited for")


@pytest.mark.usefixtures("quick")
def test_a_connection_that_says_nothing_is_closed(client: httpx.Client) -> None:
    with connected(client) as connection:
        assert all_of(connection) == b""


@pytest.mark.usefixtures("quick")
def test_a_client_that_does_not_read_is_cut(client: httpx.Client) -> None:
    bundle = "/api/docs/static/scalar/scalar.standalone.js"
    ask = f"GET {bundle} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with connected(client) as connection:
        connection.sendall(ask * 20)  # more than any buffer on the way holds
        time.sleep(1)
        received = b""
        with suppress(ConnectionResetError):
            while part := connection.recv(65536):
                received += part
        assert received.count(b"HTTP/1.1 200") < 20
    assert client.get("/livez").status_code == 200


@pytest.mark.usefixtures("quick")
def test_a_kept_connection_is_as_good_as_a_new_one(client: httpx.Client) -> None:
    with httpx.Client(base_url=client.base_url) as kept:
        for _ in range(4):
            assert kept.get("/toy/echo").status_code == 200
            time.sleep(0.2)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 40_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Endless: " + b"a" * 80_000,
        b"GET / HTTP/1.1\r\n" + b"X-Many: 1\r\n" * 4_000 + b"\r\n",
    ],
)
def test_a_head_over_32_kibibytes_is_431(client: httpx.Client, sent: bytes) -> None:
    with connected(client) as connection:
        connection.sendall(sent)
        assert code_of(all_of(connection)) == (b"431", "HEADERS_TOO_LARGE")


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"GET /livez HTTP/1.1\r\n\r\n", (b"400", "REQUEST_MALFORMED")),
        (b"GET /livez HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", (b"400", "REQUEST_MALFORMED")),
        (b"OPTIONS * HTTP/1.0\r\n\r\n", (b"404", "ROUTE_NOT_FOUND")),
        (b"GET * HTTP/1.0\r\nHost: x\r\n\r\n", (b"404", "ROUTE_NOT_FOUND")),
    ],
)
def test_whom_and_what_a_request_is_for_is_not_guessed(
    client: httpx.Client, sent: bytes, expected: tuple[bytes, str]
) -> None:
    with connected(client) as connection:
        connection.sendall(sent)
        assert code_of(all_of(connection)) == expected


@pytest.mark.parametrize("path", ["/livez", "/toy/echo", "/nowhere", "/api/openapi.json"])
def test_data_is_for_no_page_to_show_or_run(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/api/docs/", "/api/docs/errors/"])
def test_the_pages_run_no_script_but_their_own(client: httpx.Client, path: str) -> None:
    page = client.get(path, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "<script>" not in page.text


def test_the_script_of_the_api_page_is_a_file(client: httpx.Client) -> None:
    page = client.get("/api/docs/static/edge_api/api.js")
    assert page.headers["content-type"].startswith("text/javascript")
    assert "/api/openapi.json" in page.text


def test_pages_of_other_origins_are_let_in_nowhere(client: httpx.Client) -> None:
    for verb in ("GET", "OPTIONS"):
        asked = {"Origin": SHOP, "Access-Control-Request-Method": "GET"}
        answer = client.request(verb, "/toy/echo", headers=asked)
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_listed_origin_may_ask_and_read(shop: httpx.Client) -> None:
    asked = {"Origin": SHOP, "Access-Control-Request-Method": "POST"}
    preflight = shop.options("/toy/notes", headers=asked)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == SHOP
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert "Idempotency-Key" in preflight.headers["access-control-allow-headers"]
    answer = shop.post("/toy/notes", headers={"Origin": SHOP}, json={})
    assert_problem(answer, 401, "TOKEN_MISSING")
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert "Retry-After" in answer.headers["access-control-expose-headers"]
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin", ["https://shop.example.evil", "null", "http://shop.example", "*"]
)
def test_an_origin_that_is_not_listed_is_told_nothing(shop: httpx.Client, origin: str) -> None:
    answer = shop.get("/toy/echo", headers={"Origin": origin})
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize("value", ["*", "shop.example", "https://shop.example/", "https://*.x"])
def test_a_malformed_origin_stops_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("EDGE_CORS_ORIGINS", value)
    with pytest.raises(SettingError, match="EDGE_CORS_ORIGINS"):
        origins_from_env()


def test_origins_are_listed_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_CORS_ORIGINS", f"{SHOP}, http://localhost:3000")
    assert origins_from_env() == {SHOP, "http://localhost:3000"}
