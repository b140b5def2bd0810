"""A header with one value may be given once; lists may be repeated. Source: RFC 9110, 5.3."""

import pytest

from edge_api.tests.wire.conftest import EdgeProcess
from edge_api.tests.wire.raw import asked

BODY = b'{"amount":1}'
REQUIRED = {"Content-Type": "application/json", "Idempotency-Key": "k"}


def head(path: str, *fields: tuple[str, str]) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(BODY)}"]
    lines += [f"{name}: {value}" for name, value in fields]
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.mark.parametrize("spelled", [str, str.upper, str.lower])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Idempotency-Key", "k"),
        ("Content-Type", "application/json"),
        ("Authorization", "Bearer x"),
        ("X-Request-Id", "mine"),
        ("Last-Event-ID", "1"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("Origin", "https://shop.example"),
    ],
)
def test_a_header_with_one_value_is_refused_when_it_comes_twice(
    edge: EdgeProcess, name: str, value: str, spelled: type[str]
) -> None:
    fields = [*REQUIRED.items(), (name, value), (spelled(name), value)]
    answer = asked(edge.url, head("/toy/paid", *fields) + BODY)
    assert (answer.status, answer.code) == (400, "HEADER_INVALID")
    assert answer.document["detail"].lower().startswith(name.lower())


def test_a_header_that_the_contract_reads_comes_once_too(edge: EdgeProcess) -> None:
    fields = [("X-Toy-Signature", "a"), ("X-Toy-Signature", "b")]
    answer = asked(edge.url, head("/toy/turned/x", *fields) + BODY)
    assert (answer.status, answer.code) == (400, "HEADER_INVALID")


@pytest.mark.parametrize(
    "twice",
    [
        [("Accept", "text/html;q=0.1"), ("Accept", "application/json")],
        [("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-For", "192.0.2.2")],
        [("Cache-Control", "no-cache"), ("Cache-Control", "no-store")],
        [("Accept-Language", "de"), ("Accept-Language", "en")],
        [("X-Unknown", "1"), ("X-Unknown", "2")],
    ],
)
def test_lists_and_what_the_edge_does_not_read_may_come_in_parts(
    edge: EdgeProcess, twice: list[tuple[str, str]]
) -> None:
    answer = asked(edge.url, head("/toy/paid", *REQUIRED.items(), *twice) + BODY)
    assert answer.status == 200


def test_an_underscore_is_no_hyphen(edge: EdgeProcess) -> None:
    fields = [("Content-Type", "application/json"), ("Idempotency_Key", "k")]
    answer = asked(edge.url, head("/toy/paid", *fields) + BODY)
    assert answer.code == "IDEMPOTENCY_KEY_REQUIRED"
