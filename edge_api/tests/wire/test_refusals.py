"""Refusals of what never became a request are logged and counted as requests are."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from edge_api.tests.test_problems import MEMBERS
from edge_api.tests.wire.conftest import EdgeProcess
from edge_api.tests.wire.raw import CHUNKED, Answer, asked

POST = b"POST /toy/echo HTTP/1.1\r\nHost: x\r\n"
REFUSED: dict[str, tuple[bytes, int, str]] = {
    "no HTTP": (b"GARBAGE\r\n\r\n", 400, "REQUEST_MALFORMED"),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400, "REQUEST_MALFORMED"),
    "a large head": (b"GET /" + b"a" * 40_000, 431, "HEADERS_TOO_LARGE"),
    "a slow head": (POST, 408, "REQUEST_TOO_SLOW"),
    "a slow body": (POST + b"Content-Length: 9\r\n\r\n{", 408, "REQUEST_TOO_SLOW"),
    "a slow trailer": (CHUNKED + b"0\r\nX: ", 408, "REQUEST_TOO_SLOW"),
    "no chunk": (CHUNKED + b"nonsense", 400, "REQUEST_MALFORMED"),
    "large trailers": (CHUNKED + b"0\r\nX: " + b"a" * 60_000, 431, "HEADERS_TOO_LARGE"),
    "a large body": (POST + b"Content-Length: 9999999\r\n\r\n", 413, "BODY_TOO_LARGE"),
    "two keys": (
        POST + b"Idempotency-Key: a\r\nIdempotency-Key: a\r\nContent-Length: 9\r\n\r\n",
        400,
        "HEADER_INVALID",
    ),
}
every = pytest.mark.parametrize(("sent", "status", "code"), REFUSED.values(), ids=REFUSED)


@pytest.fixture
def hasty(client: httpx.Client, limits: Callable[..., None]) -> str:
    """The URL of an edge whose limits of time are short."""
    limits(head_within_s=0.3, body_within_s=0.3)
    return str(client.base_url)


def assert_dressed(answer: Answer, status: int, code: str) -> None:
    document: dict[str, Any] = answer.document
    assert (answer.status, document["status"], document["code"]) == (status, status, code)
    assert set(document) == MEMBERS
    assert document["request_id"] == answer.headers["x-request-id"] != ""
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["connection"] == "close"
    assert "date" in answer.headers


@every
def test_a_refusal_looks_like_every_other_answer(
    hasty: str, sent: bytes, status: int, code: str
) -> None:
    assert_dressed(asked(hasty, sent), status, code)


@every
def test_a_refusal_is_counted_once(hasty: str, sent: bytes, status: int, code: str) -> None:
    before = counted()
    asked(hasty, sent)
    after = counted()
    assert after.pop(str(status)) == before.pop(str(status), 0) + 1
    assert after == before


def counted() -> dict[str, float]:
    """Returns the number of responses, by status."""
    counts: dict[str, float] = {}
    for metric in REGISTRY.collect():
        for sample in metric.samples:
            if sample.name == "http_server_request_duration_seconds_count":
                status = sample.labels["http_response_status_code"]
                counts[status] = counts.get(status, 0) + sample.value
    return counts


@pytest.mark.parametrize("name", ["no HTTP", "large trailers", "a large body", "two keys"])
def test_a_refusal_is_found_in_the_logs_by_its_id(edge: EdgeProcess, name: str) -> None:
    sent, status, _ = REFUSED[name]
    request_id = asked(edge.url, sent).headers["x-request-id"]
    assert edge.line_of(request_id)["status"] == status


def test_refusals_have_ids_of_their_own(edge: EdgeProcess) -> None:
    assert len({asked(edge.url, b"\0").headers["x-request-id"] for _ in range(5)}) == 5


def test_a_connection_that_never_asked_is_told_nothing(hasty: str) -> None:
    before = counted()
    with pytest.raises(IndexError):
        asked(hasty, b"")
    assert counted() == before
