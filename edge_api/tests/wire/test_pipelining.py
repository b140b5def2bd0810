"""Pipelined requests are served in order, and are limited in number. Source: RFC 9112, 9.3.2."""

import time

import httpx

from edge_api.http.protocol import LimitedProtocol
from edge_api.tests.toy import Toy
from edge_api.tests.wire.conftest import EdgeProcess
from edge_api.tests.wire.raw import CHUNKED, GET, PATIENCE_S, connected, flood
from mesh.testing.keys import TestKeys

MEBIBYTE = 1024 * 1024
SLOW = (
    b"POST /toy/fail HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b'Content-Length: 35\r\n\r\n{"how": "slow", "code": "ABORTED"}\n'
)


def test_answers_come_in_the_order_of_their_requests(edge: EdgeProcess) -> None:
    with connected(edge.url) as raw:
        raw.send(SLOW + CHUNKED + b"2\r\n{}\r\n0\r\n\r\n" + GET)
        assert [raw.answer().status for _ in range(3)] == [504, 200, 200]


def test_a_refusal_waits_for_the_answers_before_it(edge: EdgeProcess) -> None:
    """Else a client would take the refusal for the response to an earlier request."""
    with connected(edge.url) as raw:
        raw.send(SLOW + GET + b"GARBAGE\r\n\r\n")
        answers = [raw.answer() for _ in range(3)]
        assert [answer.status for answer in answers] == [504, 200, 400]
        assert answers[-1].code == "REQUEST_MALFORMED"
        assert raw.is_closed()


def test_a_body_that_is_refused_waits_for_the_answers_before_it_too(edge: EdgeProcess) -> None:
    with connected(edge.url) as raw:
        raw.send(SLOW + CHUNKED + b"nonsense\r\n" + GET)
        assert [raw.answer().status for _ in range(2)] == [504, 400]
        assert raw.is_closed()


def test_so_many_are_answered_and_then_no_more(edge: EdgeProcess) -> None:
    most = 1 + LimitedProtocol.max_pipelined
    with connected(edge.url) as raw:
        raw.send(GET * (most + 10))
        assert [raw.answer().status for _ in range(most)] == [200] * most
        assert raw.answer().code == "REQUEST_MALFORMED"
        assert raw.is_closed()


def test_requests_by_the_million_are_not_remembered(edge: EdgeProcess) -> None:
    with edge.grows_at_most(16 * MEBIBYTE), connected(edge.url) as raw:
        raw.send(SLOW)
        flood(raw, GET * 2000, 32 * MEBIBYTE)
        assert raw.answer().status == 504


def test_a_client_that_hangs_up_is_noticed_though_it_asked_for_more(
    client: httpx.Client, keys: TestKeys, toy: Toy
) -> None:
    toy.let_go.clear()
    token = keys.token("ada", now=time.time()).encode()
    with connected(str(client.base_url)) as raw:
        head = (
            b"GET /toy/notes/quiet/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %b\r\n\r\n"
        )
        raw.send(head % token)
        assert raw.socket.recv(100).startswith(b"HTTP/1.1 200")
        raw.send(GET)
    assert toy.let_go.wait(PATIENCE_S)
