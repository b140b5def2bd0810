"""Where a request ends is never guessed. Source: RFC 9112, 5 to 7; RFC 9110, 5.5."""

import pytest

from edge_api.tests.wire.conftest import EdgeProcess
from edge_api.tests.wire.raw import CHUNKED, GET, asked, connected

POST = b"POST /toy/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
AMBIGUOUS = {
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "two lengths in one": POST + b"Content-Length: 2, 2\r\n\r\n{}",
    "two different lengths": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "a signed length": POST + b"Content-Length: +2\r\n\r\n{}",
    "a negative length": POST + b"Content-Length: -2\r\n\r\n{}",
    "a hexadecimal length": POST + b"Content-Length: 0x2\r\n\r\n{}",
    "an endless length": POST + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n{}",
    "no length": POST + b"Content-Length: \r\n\r\n{}",
    "a length and chunks": POST
    + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": POST
    + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
    "chunks inside a coding": POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "another coding": POST + b"Transfer-Encoding: gzip\r\n\r\n",
    "nearly chunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": POST + b"Content-Length : 2\r\n\r\n{}",
    "a folded line": POST + b"X-Long: a\r\n b\r\nContent-Length: 2\r\n\r\n{}",
    "a folded first line": b"GET /livez HTTP/1.1\r\n Host: x\r\n\r\n",
    "NUL in a value": POST + b"X-Nul: a\0b\r\nContent-Length: 2\r\n\r\n{}",
    "NUL in a name": POST + b"X-N\0ul: a\r\nContent-Length: 2\r\n\r\n{}",
    "a bare CR in a value": POST + b"X-Cr: a\rContent-Length: 2\r\n\r\n{}",
    "no name": POST + b": a\r\nContent-Length: 2\r\n\r\n{}",
    "no colon": POST + b"X-Nothing\r\nContent-Length: 2\r\n\r\n{}",
    "a space in the path": b"GET /li vez HTTP/1.1\r\nHost: x\r\n\r\n",
    "no version": b"GET /livez\r\nHost: x\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "a tunnel": b"CONNECT another.example:443 HTTP/1.1\r\nHost: another.example:443\r\n\r\n",
    "no size": CHUNKED + b"\r\n{}\r\n0\r\n\r\n",
    "a size that is none": CHUNKED + b"x\r\n{}\r\n0\r\n\r\n",
    "a signed size": CHUNKED + b"+2\r\n{}\r\n0\r\n\r\n",
    "a prefixed size": CHUNKED + b"0x2\r\n{}\r\n0\r\n\r\n",
    "an endless size": CHUNKED + b"f" * 30 + b"\r\n{}\r\n0\r\n\r\n",
    "more than the size": CHUNKED + b"2\r\n{} \r\n0\r\n\r\n",
    "a bare LF after a size": CHUNKED + b"2\n{}\r\n0\r\n\r\n",
    "a bare LF after a chunk": CHUNKED + b"2\r\n{}\n0\r\n\r\n",
    "a space after a size": CHUNKED + b"2 \r\n{}\r\n0\r\n\r\n",
    "NUL in an extension": CHUNKED + b"2;a=\0\r\n{}\r\n0\r\n\r\n",
    "NUL in a trailer": CHUNKED + b"2\r\n{}\r\n0\r\nX: \0\r\n\r\n",
}


@pytest.mark.parametrize("sent", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_what_can_be_read_in_two_ways_is_refused_and_ends_the_connection(
    edge: EdgeProcess, sent: bytes
) -> None:
    with connected(edge.url) as raw:
        raw.send(sent + GET)
        answer = raw.answer()
        assert (answer.status, answer.code) == (400, "REQUEST_MALFORMED")
        assert answer.headers["connection"] == "close"
        assert raw.is_closed(), "what followed was taken for a request"


PLAIN = {
    "chunks": CHUNKED + b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
    "sizes with zeros": CHUNKED + b"0002\r\n{}\r\n000\r\n\r\n",
    "sizes with extensions": CHUNKED + b'2;a=b;c="d"\r\n{}\r\n0;e\r\n\r\n',
    "empty lines before it": b"\r\n\r\n" + POST + b"Content-Length: 2\r\n\r\n{}",
    "another spelling": POST.replace(b"Host", b"hOST") + b"CONTENT-length:2\r\n\r\n{}",
}


@pytest.mark.parametrize("sent", PLAIN.values(), ids=PLAIN)
def test_what_is_plain_is_served_and_the_next_request_too(edge: EdgeProcess, sent: bytes) -> None:
    with connected(edge.url) as raw:
        raw.send(sent)
        assert raw.answer().status == 200
        raw.send(GET)
        assert raw.answer().status == 200


def test_a_request_may_come_byte_by_byte(edge: EdgeProcess) -> None:
    sent = CHUNKED + b"2;a=b\r\n{}\r\n0\r\nX-Sum: 1\r\n\r\n"
    with connected(edge.url) as raw:
        raw.send(*(sent[at : at + 1] for at in range(len(sent))), pause_s=0.001)
        assert raw.answer().status == 200


UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\n"
BODY = b'{"string_value": "%b"}' % GET.replace(b"\r\n", b"    ")


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    ("framing", "body"),
    [
        (b"Content-Length: %d\r\n\r\n" % len(BODY), BODY),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)),
    ],
)
def test_the_body_of_a_request_that_would_rather_speak_http_2_is_its_body(
    edge: EdgeProcess, framing: bytes, body: bytes, together: bool
) -> None:
    """As Java's HttpClient sends its first request; its body must not be taken for a request."""
    head = POST + UPGRADE + framing
    with connected(edge.url) as raw:
        raw.send(*([head + body] if together else [head, body]))
        answer = raw.answer()
        assert (answer.status, answer.document["string_value"][:10]) == (200, "GET /livez")
        raw.send(GET)
        assert raw.answer().document == {"status": "live"}


def test_wishes_for_another_protocol_in_a_row_are_all_passed_over(edge: EdgeProcess) -> None:
    with connected(edge.url) as raw:
        raw.send(GET.replace(b"\r\n\r\n", b"\r\n" + UPGRADE + b"\r\n") * 3)
        assert [raw.answer().status for _ in range(3)] == [200, 200, 200]


def test_an_expectation_is_met_before_the_body_is_sent(edge: EdgeProcess) -> None:
    with connected(edge.url) as raw:
        raw.send(POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert raw.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        raw.send(b"{}")
        assert raw.answer().status == 200


def test_what_is_refused_is_not_expected(edge: EdgeProcess) -> None:
    sent = POST + b"Expect: 100-continue\r\nContent-Length: 9999999\r\n\r\n"
    assert asked(edge.url, sent).code == "BODY_TOO_LARGE"
