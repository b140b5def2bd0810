"""The published rules of transcoding, one test a form.

Source: google/api/http.proto, "Rules for HTTP mapping" and "Path template syntax"; the JSON
mapping of texts: protobuf.dev, ProtoJSON format.
"""

from typing import Any

import httpx
import pytest

BAD = (400, "PARAMETER_INVALID")
NOWHERE = (404, "ROUTE_NOT_FOUND")


def echoed(client: httpx.Client, path: str) -> dict[str, Any]:
    response = client.get(f"/toy/echo{path}")
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def refused(client: httpx.Client, path: str, verb: str = "GET") -> tuple[int, str]:
    response = client.request(verb, f"/toy/echo{path}")
    return response.status_code, response.json()["code"]


PATHS = [
    ("/7/as/files/a%2Fb/c%2fd", "files/a%2Fb/c%2fd"),  # a slash in a segment is kept as it is
    ("/7/as/files/a%20b/%C3%A9", "files/a b/é"),  # all else is decoded
    ("/7/as/files/a%252Fb", "files/a%2Fb"),
    ("/7/as/files/a+b", "files/a+b"),  # a path is no form
    ("/7/as/files", "files"),  # `**` takes no segment too
    ("/shelves/1/books/2:read", "shelves/1/books/2"),
    ("/shelves/a%2Fb/books/2:read", "shelves/a%2Fb/books/2"),
    ("/a%2Fb:spell", "a/b"),  # one segment is decoded whole
    ("/a%3Ab:spell", "a:b"),
    ("/a:b:spell", "a:b"),  # the last colon starts the verb
]


@pytest.mark.parametrize(("path", "value"), PATHS)
def test_a_variable_has_what_its_segments_decode_to(
    client: httpx.Client, path: str, value: str
) -> None:
    assert echoed(client, path)["string_value"] == value


@pytest.mark.parametrize("path", ["/7%3Aagain", "/7:again/", "/7:", "/7:AGAIN", "/7:again:again"])
def test_a_verb_is_a_colon_and_its_letters_at_the_end_of_the_path(
    client: httpx.Client, path: str
) -> None:
    assert refused(client, path, "POST") == NOWHERE


TEXTS = [
    ("string_value=a%20b+c", "string_value", "a b c"),
    ("string_value=a%2Bb", "string_value", "a+b"),
    ("string_value=", "string_value", ""),
    ("stringValue=a", "string_value", "a"),
    ("string_value=a&&", "string_value", "a"),
    ("int64_value=-9223372036854775808", "int64_value", "-9223372036854775808"),
    ("double_value=1e3", "double_value", 1000.0),
    ("double_value=-Infinity", "double_value", "-Infinity"),
    ("bool_value=true", "bool_value", True),
    ("colour=COLOUR_RED", "colour", "COLOUR_RED"),
    ("colour=-2", "colour", "COLOUR_BLUE"),
    ("colours=COLOUR_RED&colours=-2", "colours", ["COLOUR_RED", "COLOUR_BLUE"]),
    ("int32s=1&int32s=2", "int32s", [1, 2]),
    ("maybe_int32=0", "maybe_int32", 0),
    ("maybe_string=", "maybe_string", ""),
    ("chosen_int64=5", "chosen_int64", "5"),
    ("chosen_line.text=x", "chosen_line", {"text": "x", "quantity": 0}),
    ("bytes_value=_-8%3D", "bytes_value", "/+8="),  # both alphabets of base64
    ("bytes_value=/%2B8", "bytes_value", "/+8="),  # padded or not
    ("byte_strings=YQ&byte_strings=Yg", "byte_strings", ["YQ==", "Yg=="]),
    ("wrapped_double=1.5", "wrapped_double", 1.5),
    ("wrapped_int64=7", "wrapped_int64", "7"),
    ("wrapped_bool=false", "wrapped_bool", False),
    ("wrapped_string=", "wrapped_string", ""),
    ("wrapped_bytes=YQ", "wrapped_bytes", "YQ=="),
    ("duration=-1.5s", "duration", "-1.500s"),
    ("field_mask=a.bC,d_e", "field_mask", "a.bC,dE"),
    ("field_mask=", "field_mask", ""),
    ("timestamp=2026-01-31T12:00:00Z", "timestamp", "2026-01-31T12:00:00Z"),
    ("timestamp=2026-01-31T12:00:00%2B01:00", "timestamp", "2026-01-31T11:00:00Z"),
    ("timestamp=2026-01-31T12:00:00+01:00", "timestamp", "2026-01-31T11:00:00Z"),
    (
        "timestamps=1970-01-01T00:00:00Z&timestamps=1970-01-01T00:00:01Z",
        "timestamps",
        ["1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z"],
    ),
]


@pytest.mark.parametrize(("query", "name", "value"), TEXTS)
def test_a_parameter_has_the_text_of_the_json_mapping(
    client: httpx.Client, query: str, name: str, value: Any
) -> None:
    assert echoed(client, f"?{query}")[name] == value


def test_members_of_a_message_are_parameters_however_deep(client: httpx.Client) -> None:
    answer = echoed(
        client, "?inner.int32_value=1&inner.inner.stringValue=x&inner.strings=a&inner.strings=b"
    )
    assert answer["inner"]["int32_value"] == 1
    assert answer["inner"]["strings"] == ["a", "b"]
    assert answer["inner"]["inner"]["string_value"] == "x"


REFUSED = [
    "unknown=1",
    "lines.text=x",  # repeated messages are no parameters
    "lines=x",
    "inner=x",
    "inner.unknown=x",
    "inner.inner.lines.text=x",
    "inner.=x",
    ".inner=x",
    "inner.int32_value.x=1",
    f"{'inner.' * 64}int32_value=1",  # deeper than a body may nest
    "any.type_url=x",
    "struct.fields=x",
    "int64_by_string=x",  # nor are maps
    "int32_value=1&int32_value=2",
    "int32_value=1&int32Value=1",
    "inner.inner.int32_value=1&inner.inner.int32Value=1",
    "int32_value=1.0",
    "int32_value=",
    "bool_value=1",
    "bool_value=True",
    "colour=RED",
    "colour=7",
    "bytes_value=%21",
    "duration=1",
    "timestamp=2026-01-31",
    "wrapped_int64.value=7",
    "chosen_string=a&chosen_int64=5",  # members of a oneof exclude one another
]


@pytest.mark.parametrize("query", REFUSED)
def test_what_is_no_parameter_or_value_is_refused(client: httpx.Client, query: str) -> None:
    assert refused(client, f"?{query}") == BAD


@pytest.mark.parametrize("name", ["int32_value", "int32Value", "string_value"])
def test_a_field_that_the_path_binds_is_no_query_parameter(client: httpx.Client, name: str) -> None:
    assert refused(client, f"/7/as/files/a?{name}=8") == BAD


def test_a_body_that_is_the_whole_request_leaves_no_parameters(client: httpx.Client) -> None:
    assert refused(client, "/7:again?int32s=1", "POST") == BAD
    assert refused(client, "/7:again?inner.inner.int32_value=1", "POST") == BAD


@pytest.mark.parametrize(("name", "value"), [("strings", ["a", "b"]), ("int32", 7)])
def test_body_and_response_body_may_be_a_list_or_a_scalar(
    client: httpx.Client, name: str, value: Any
) -> None:
    response = client.put(f"/toy/echo/{name}?double_value=1", json=value)
    assert (response.status_code, response.json()) == (200, value)
