"""Every error is a problem document with the right status."""

import json
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

Headers = dict[str, str]
MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id", "errors"}


def assert_problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert set(document) == MEMBERS
    assert (response.status_code, document["status"]) == (status, status)
    assert document["code"] == code
    assert document["type"] == f"/api/docs/errors/#{code}"
    assert document["request_id"] == response.headers["x-request-id"]
    return document


GRPC = [
    ("INVALID_ARGUMENT", 400),
    ("FAILED_PRECONDITION", 400),
    ("OUT_OF_RANGE", 400),
    ("UNAUTHENTICATED", 401),
    ("PERMISSION_DENIED", 403),
    ("NOT_FOUND", 404),
    ("ALREADY_EXISTS", 409),
    ("ABORTED", 409),
    ("RESOURCE_EXHAUSTED", 429),
    ("CANCELLED", 499),
    ("UNIMPLEMENTED", 501),
    ("UNAVAILABLE", 503),
    ("DEADLINE_EXCEEDED", 504),
]


@pytest.mark.parametrize(("code", "status"), GRPC)
def test_an_error_of_a_service_keeps_its_reason(
    client: httpx.Client, code: str, status: int
) -> None:
    response = client.post("/toy/fail", json={"code": code, "reason": "MY_REASON"})
    document = assert_problem(response, status, "MY_REASON")
    assert (document["title"], document["detail"]) == ("My reason", "as asked for")
    assert ("retry-after" in response.headers) == (status in (429, 503, 504))
    assert ("www-authenticate" in response.headers) == (status == 401)


@pytest.mark.parametrize("code", ["UNKNOWN", "INTERNAL", "DATA_LOSS"])
@pytest.mark.parametrize("how", ["", "bare", "crash"])
def test_a_failure_inside_says_nothing_of_itself(client: httpx.Client, code: str, how: str) -> None:
    response = client.post("/toy/fail", json={"code": code, "reason": "SECRET", "how": how})
    document = assert_problem(response, 500, "INTERNAL")
    assert document["detail"] == "something went wrong on our side"


def test_a_service_that_is_stopped_while_it_answers_is_503(client: httpx.Client) -> None:
    response = client.post("/toy/fail", json={"code": "CANCELLED", "how": "bare"})
    document = assert_problem(response, 503, "SERVICE_UNAVAILABLE")
    assert document["detail"] == "Toy service unavailable"
    assert response.headers["retry-after"] == "1"


def test_a_reused_request_id_is_422(client: httpx.Client) -> None:
    body = {"code": "INVALID_ARGUMENT", "reason": "REQUEST_ID_REUSED"}
    assert_problem(client.post("/toy/fail", json=body), 422, "REQUEST_ID_REUSED")


def test_a_conflict_after_if_match_is_412(client: httpx.Client) -> None:
    def status(reason: str) -> int:
        body = {"code": "ABORTED", "reason": reason}
        return client.post("/toy/fail", json=body, headers={"If-Match": '"7"'}).status_code

    assert status("ETAG_MISMATCH") == 412
    assert status("REQUEST_IN_PROGRESS") == 409


def test_a_service_that_is_too_slow_is_504_in_time(client: httpx.Client) -> None:
    response = client.post("/toy/fail", json={"how": "slow", "code": "NOT_FOUND"})
    document = assert_problem(response, 504, "DEADLINE_EXCEEDED")
    assert document["detail"] == "Toy service did not answer in time"
    assert response.elapsed.total_seconds() < 0.75


def test_fields_that_a_service_blames_are_named_as_written(
    client: httpx.Client, note: dict[str, object]
) -> None:
    response = client.patch(f"/toy/notes/{note['id']}", json={"title": "x" * 21})
    document = assert_problem(response, 400, "REQUEST_INVALID")
    assert document["errors"] == [
        {
            "field": "title",
            "detail": "must be at most 20 characters",
            "code": "string.max_len",
        }
    ]


ROUTER = [
    ("GET", "/nowhere", 404, "ROUTE_NOT_FOUND"),
    ("GET", "/nowhere", 404, "ROUTE_NOT_FOUND"),
    ("GET", "/toy/echo/%D9%A1/as/files/x", 404, "ROUTE_NOT_FOUND"),
    ("PUT", "/toy/notes", 405, "METHOD_NOT_ALLOWED"),
    ("TRACE", "/toy/notes", 405, "METHOD_NOT_ALLOWED"),
    ("GET", "/toy/notes/%ff", 400, "PARAMETER_INVALID"),
    ("GET", "/toy/echo?nope=1", 400, "PARAMETER_INVALID"),
    ("GET", "/toy/echo?bool_value=1", 400, "PARAMETER_INVALID"),
    ("GET", "/toy/echo?int32_value=1&int32_value=2", 400, "PARAMETER_INVALID"),
    ("GET", "/toy/echo?int32_value=1&int32Value=2", 400, "PARAMETER_INVALID"),
    ("GET", "/toy/echo?int32_value=%D9%A1", 400, "PARAMETER_INVALID"),
    ("GET", "/toy/echo?int32_value=1.0", 400, "PARAMETER_INVALID"),
    ("GET", "/toy/echo?int32_value=", 400, "PARAMETER_INVALID"),
    ("GET", "/toy/echo?string_value=%00", 400, "PARAMETER_INVALID"),
    ("GET", "/toy/echo?string_value=%ff", 400, "PARAMETER_INVALID"),
    ("GET", "/toy/echo?chosen_string=a&chosen_int64=1", 400, "PARAMETER_INVALID"),
    ("POST", "/toy/fail?code=x", 400, "PARAMETER_INVALID"),
]


@pytest.mark.parametrize(("method", "path", "status", "code"), ROUTER)
def test_a_request_that_fits_no_route_or_parameter(
    client: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    response = client.request(method, path)
    assert_problem(response, status, code)
    assert ("allow" in response.headers) == (status == 405)


HEADERS = [
    ({"Accept": "text/html"}, 406, "NOT_ACCEPTABLE"),
    ({"Accept": "application/json; version=2"}, 406, "NOT_ACCEPTABLE"),
    ({"Content-Type": "text/plain"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
    ({"Content-Type": "application/x-www-form-urlencoded"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
    ({"Content-Type": "application/json; charset=latin1"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
    ({"Content-Encoding": "gzip"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
    ({"Authorization": "Basic YTpi"}, 401, "TOKEN_INVALID"),
    ({"Authorization": "Bearer"}, 401, "TOKEN_INVALID"),
    ({"Authorization": ""}, 401, "TOKEN_INVALID"),
]


@pytest.mark.parametrize(("headers", "status", "code"), HEADERS)
def test_headers_that_can_not_be_served(
    client: httpx.Client, headers: Headers, status: int, code: str
) -> None:
    sent = {"Content-Type": "application/json"} | headers
    assert_problem(client.post("/toy/echo", content=b"{}", headers=sent), status, code)


@pytest.mark.parametrize(
    "accept",
    ["*/*", "application/*", "application/json", "application/json; version=1",
     "application/problem+json", "text/html, application/json;q=0.5"],
)  # fmt: skip
def test_what_a_client_may_accept(client: httpx.Client, accept: str) -> None:
    assert client.get("/toy/echo", headers={"Accept": accept}).status_code == 200


BODIES = [
    b"{",
    b"[]",
    b'{"int32_value": 1, "int32_value": 1}',
    b'{"nope": 1}',
    b'{"int32_value": "1.0"}',
    b'{"double_value": NaN}',
    b'{"string_value": "\\u0000"}',
    b'{"string_value": "\\ud800"}',
    b"\xef\xbb\xbf{}",
    b"\xff",
    b"[" * 60_000,
    b'{"' + b"\\ud800" * 100 + b'": 1}',
]


@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_does_not_fit(client: httpx.Client, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert_problem(client.post("/toy/echo", content=body, headers=headers), 400, "BODY_MALFORMED")


def test_a_read_with_a_body_is_refused(client: httpx.Client) -> None:
    response = client.request("GET", "/toy/echo", json={})
    assert_problem(response, 400, "BODY_MALFORMED")


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_over_the_limit_is_413(client: httpx.Client, announced: bool) -> None:
    body = b" " * (64 * 1024 + 1)
    content = body if announced else iter([body[:1000], body[1000:]])
    assert_problem(client.post("/toy/echo", content=content), 413, "BODY_TOO_LARGE")


def test_a_chunked_body_is_read(client: httpx.Client) -> None:
    chunks = iter([b'{"int32', b'_value": 7}'])
    headers = {"Content-Type": "application/json; charset=UTF-8"}
    response = client.post("/toy/echo", content=chunks, headers=headers)
    assert response.json()["int32_value"] == 7


@pytest.mark.parametrize(
    "sent",
    [b"GARBAGE\r\n\r\n", b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"],
)
def test_what_is_not_http_is_a_problem_too(client: httpx.Client, sent: bytes) -> None:
    address = urlsplit(str(client.base_url))
    with socket.create_connection((address.hostname, address.port), timeout=2) as connection:
        connection.sendall(sent)
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert json.loads(body)["code"] == "REQUEST_MALFORMED"


def test_a_query_that_is_not_utf8_is_a_problem(client: httpx.Client) -> None:
    address = urlsplit(str(client.base_url))
    with socket.create_connection((address.hostname, address.port), timeout=2) as connection:
        connection.sendall(b"GET /toy/echo?a=\xff HTTP/1.0\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 400")


def test_every_answer_forbids_sniffing(client: httpx.Client) -> None:
    for path in ("/toy/echo", "/nowhere", "/livez"):
        assert client.get(path).headers["x-content-type-options"] == "nosniff"


def test_malformed_idempotency_keys_are_refused(
    client: httpx.Client, signed_in: Callable[..., Headers]
) -> None:
    for key in ("", "a\tb", "x" * 256):
        headers = signed_in("ada") | {"Idempotency-Key": key}
        response = client.post("/toy/notes", json={"title": "x"}, headers=headers)
        assert_problem(response, 400, "HEADER_INVALID")


@pytest.mark.parametrize(
    ("reason", "challenge"),
    [
        ("MY_REASON", "Bearer"),
        ("TOKEN_INVALID", 'Bearer error="invalid_token"'),
        ("REAUTHENTICATION_REQUIRED", 'Bearer error="insufficient_user_authentication"'),
    ],
)
def test_a_401_says_whether_a_new_token_or_a_fresh_proof_would_help(
    client: httpx.Client, reason: str, challenge: str
) -> None:
    response = client.post("/toy/fail", json={"code": "UNAUTHENTICATED", "reason": reason})
    assert response.headers["www-authenticate"] == challenge
