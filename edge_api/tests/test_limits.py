"""The limits of a request, and of how much of it an error repeats."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from edge_api.codec.text import depth_of
from edge_api.http.header_limits import PARSED_BYTES
from edge_api.problems.problem import MOST_CHARS
from edge_api.tests.conftest import Headers
from edge_api.tests.test_hardening import all_of, code_of, connected
from edge_api.tests.test_problems import assert_problem

JSON = {"Content-Type": "application/json"}
SMALL_ANSWER_BYTES = 16 * 1024


def test_a_method_s_own_limit_of_bodies_is_held_before_the_body_is_read(
    client: httpx.Client,
) -> None:
    with connected(client) as connection:
        connection.sendall(b"POST /toy/fail HTTP/1.1\r\nHost: x\r\nContent-Length: 2049\r\n\r\n")
        answered = all_of(connection)
    assert code_of(answered) == (b"413", "BODY_TOO_LARGE")
    assert b"2048 bytes" in answered


def test_a_body_as_long_as_the_method_takes_is_read(client: httpx.Client) -> None:
    body = b'{"code": "NOT_FOUND"}'.ljust(2048)
    assert client.post("/toy/fail", content=body, headers=JSON).status_code == 404
    assert client.post("/toy/fail", content=body + b" ", headers=JSON).status_code == 413


def test_the_limit_holds_for_a_chunked_body(client: httpx.Client) -> None:
    answer = client.post("/toy/fail", content=iter([b" " * 1500, b" " * 1500]), headers=JSON)
    assert_problem(answer, 413, "BODY_TOO_LARGE")


@pytest.mark.parametrize("last", ["{}", '{"quantity": "no number"}'])
def test_a_list_over_its_most_items_is_refused_for_that_and_nothing_else(
    client: httpx.Client, signed_in: Callable[..., Headers], last: str
) -> None:
    body = '{"lines": [' + '{"quantity": -1},' * 50 + last + "]}"
    headers = JSON | signed_in("ada")
    document = assert_problem(
        client.post("/toy/notes", content=body, headers=headers), 400, "REQUEST_INVALID"
    )
    assert document["errors"] == [
        {
            "field": "lines",
            "detail": "must contain no more than 50 item(s)",
            "code": "repeated.max_items",
        }
    ]


def test_a_parameter_that_is_repeated_too_often_is_refused_for_that(
    client: httpx.Client, signed_in: Callable[..., Headers]
) -> None:
    query = "&".join(f"tags={number}" for number in range(51))
    answer = client.get(f"/toy/notes?user_id=ada&{query}", headers=signed_in("ada"))
    document = assert_problem(answer, 400, "REQUEST_INVALID")
    assert [(e["field"], e["code"]) for e in document["errors"]] == [("tags", "repeated.max_items")]


def test_of_many_faults_the_first_twenty_are_listed(
    client: httpx.Client, signed_in: Callable[..., Headers]
) -> None:
    body = {"lines": [{"quantity": -1}] * 50}
    answer = client.post("/toy/notes", json=body, headers=signed_in("ada"))
    document: Any = assert_problem(answer, 400, "REQUEST_INVALID")
    assert [e["field"] for e in document["errors"]] == [f"lines[{n}].quantity" for n in range(20)]
    assert document["detail"].endswith("in 50 places, of which 20 are listed")


@pytest.mark.parametrize("name", ["Accept", "Content-Type"])
@pytest.mark.parametrize("times", [1, 4])
def test_a_header_that_is_parsed_may_not_be_long_at_once_or_in_parts(
    client: httpx.Client, name: str, times: int
) -> None:
    part = b"application/json".ljust(PARSED_BYTES // times + 1, b";")
    answer = client.post("/toy/echo", content=b"{}", headers=[(name.encode(), part)] * times)
    assert_problem(answer, 400, "HEADER_INVALID")


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/" + "a" * 30_000, {}),
        ("/toy/notes/" + "%41" * 10_000, {}),
        ("/toy/echo?" + "a." * 10_000, {}),
        ("/toy/echo?string_value=" + "%ff" * 8_000, {}),
        ("/toy/echo", {"If-None-Match": '"a",' * 7_000, "Content-Encoding": "a" * 900}),
        ("/api/docs/?" + "a&" * 10_000, {"Accept": "text/html"}),
    ],
)
def test_no_refusal_is_long_whatever_was_sent(
    client: httpx.Client, path: str, headers: dict[str, str]
) -> None:
    answer = client.get(path, headers=headers)
    assert answer.status_code < 500
    assert len(answer.content) < SMALL_ANSWER_BYTES


def test_a_path_is_said_back_unless_it_is_long(client: httpx.Client) -> None:
    for length, told in ((MOST_CHARS, True), (MOST_CHARS + 1, False)):
        path = "/".ljust(length, "a")
        document = client.get(path).json()
        assert document["instance"] == (urlsplit(path).path if told else "")


@pytest.mark.parametrize(("name", "value"), [("title", None), ("requestId", None)])
def test_an_update_may_not_say_null_of_what_can_not_be_unset(
    client: httpx.Client, note: dict[str, Any], name: str, value: None
) -> None:
    for query in ("", "?update_mask=title,lines"):
        answer = client.patch(f"/toy/notes/{note['id']}{query}", json={name: value})
        document: Any = assert_problem(answer, 400, "BODY_MALFORMED")
        assert document["errors"][0]["field"] == name
    assert client.get(f"/toy/notes/{note['id']}").json()["title"] == note["title"]


@pytest.mark.parametrize(
    ("body", "depth"),
    [
        (b"", 0),
        (b"1", 0),
        (b"[[], [[]], {}]", 3),
        (b'{"a": [{"b": "[[[["}]}', 3),
        (b'["\\"[[", ["\\\\", []]]', 3),
        (b'["[[[[', 1),
        (b'["\\', 1),
        (b"]]]][[", 0),
        (b'"\xff[" [', 1),
    ],
)
def test_depth_is_counted_as_a_parser_goes_down(body: bytes, depth: int) -> None:
    assert depth_of(body) == depth


def test_a_body_of_64_levels_is_read_and_of_65_is_not(client: httpx.Client) -> None:
    deepest = '{"string_value": ' + "[" * 63 + "]" * 63 + "}"
    document = assert_problem(sent(client, deepest), 400, "BODY_MALFORMED")
    assert document["detail"] == "string_value must be a string"
    deeper = deepest.replace("[]", "[[]]")
    document = assert_problem(sent(client, deeper), 400, "BODY_MALFORMED")
    assert document["detail"] == "the body is nested deeper than 64 levels"


def sent(client: httpx.Client, body: str) -> httpx.Response:
    return client.post("/toy/echo", content=body, headers=JSON)
