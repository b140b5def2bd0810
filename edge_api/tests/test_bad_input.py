"""Every kind of invalid input is refused as the client's error, with the field's name."""

from urllib.parse import quote

import httpx
import pytest

from edge_api.tests.test_problems import assert_problem

JSON = {"Content-Type": "application/json"}

# Name of a case: (body, the field named by the error; empty for the body as a whole).
BODIES = {
    "a NUL": (b'{"string_value": "\\u0000"}', "string_value"),
    "a raw control character": (b'{"string_value": "\x00"}', ""),
    "a lone surrogate": (b'{"string_value": "\\ud800"}', "string_value"),
    "a lone surrogate the other way round": (b'{"string_value": "\\udc00\\ud800"}', "string_value"),
    "a lone surrogate in a name": (b'{"\\ud800": 1}', "?"),
    "an array 100,000 deep": (b"[" * 30_000 + b"]" * 30_000, ""),
    "an object 100 deep": (b'{"a":' * 100 + b"1" + b"}" * 100, ""),
    "2^31 in an int32": (b'{"int32_value": 2147483648}', "int32_value"),
    "2^63 in an int32": (b'{"int32_value": 9223372036854775808}', "int32_value"),
    "2^63 in an int64": (b'{"int64_value": "9223372036854775808"}', "int64_value"),
    "2^63 in an int64, as a number": (b'{"int64_value": 9223372036854775808}', "int64_value"),
    "2^64 in a uint64": (b'{"uint64_value": "18446744073709551616"}', "uint64_value"),
    "-1 in a uint32": (b'{"uint32_value": -1}', "uint32_value"),
    "a number of 5000 digits": (b'{"int64_value": ' + b"9" * 5000 + b"}", ""),
    "a key said twice": (b'{"int32_value": 1, "int32_value": 1}', "int32_value"),
    "a field said in both spellings": (b'{"int32_value": 1, "int32Value": 1}', "int32Value"),
    "a time without a zone": (b'{"timestamp_value": "2024-01-01T00:00:00"}', "timestamp_value"),
    "a day that never was": (b'{"timestamp_value": "2024-02-30T00:00:00Z"}', "timestamp_value"),
    "Arabic digits": ('{"int32_value": "\u0661"}'.encode(), "int32_value"),
    "a text of 1.0": (b'{"int32_value": "1.0"}', "int32_value"),
    "a half": (b'{"int32_value": 1.5}', "int32_value"),
    "a text of blanks and 1": (b'{"int32_value": " 1"}', "int32_value"),
    "a boolean as a number": (b'{"int32_value": true}', "int32_value"),
    "a number as a text": (b'{"string_value": 1}', "string_value"),
    "a text as a boolean": (b'{"bool_value": "true"}', "bool_value"),
    "an unknown field": (b'{"nope": 1}', "nope"),
    "an unknown field beside a known one": (b'{"int32_value": 1, "nope": null}', "nope"),
    "Python's prototype": (b'{"__class__": {}}', "__class__"),
    "bad UTF-8": (b'{"string_value": "\xff"}', ""),
    "an overlong NUL": (b'{"string_value": "\xc0\x80"}', ""),
    "UTF-16": ('{"int32_value": 1}'.encode("utf-16"), ""),
    "UTF-16 without a mark": ('{"int32_value": 1}'.encode("utf-16-le"), ""),
    "a byte order mark": (b"\xef\xbb\xbf{}", ""),
    "NaN": (b'{"double_value": NaN}', ""),
    "Infinity": (b'{"double_value": -Infinity}', ""),
    "a double beyond all": (b'{"double_value": 1e999}', "double_value"),
    "a trailing comma": (b'{"int32_value": 1,}', ""),
    "single quotes": (b"{'int32_value': 1}", ""),
    "a comment": (b"{} // none", ""),
    "two documents": (b"{}{}", ""),
    "an array": (b"[]", ""),
    "nothing but blanks": (b"  ", ""),
    "XML": (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>', ""),
}
QUERIES = {
    "a NUL": ("string_value=%00", "string_value"),
    "a NUL in a name": ("%00=1", ""),
    "bad UTF-8": ("string_value=%ff", "string_value"),
    "an encoded surrogate": ("string_value=%ed%a0%80", "string_value"),
    "a half escape": ("string_value=%f", "string_value"),
    "2^63 in an int32": ("int32_value=9223372036854775808", "int32_value"),
    "2^63 in an int64": ("int64_value=9223372036854775808", "int64_value"),
    "Arabic digits": (f"int32_value={quote(chr(0x661))}", "int32_value"),
    "1.0 for an integer": ("int32_value=1.0", "int32_value"),
    "a time without a zone": ("timestamp_value=2024-01-01T00:00:00", "timestamp_value"),
    "an unknown parameter": ("nope=1", "nope"),
    "a parameter said twice": ("int32_value=1&int32_value=1", "int32_value"),
    "a parameter with brackets": ("int32_value[]=1", "int32_value[]"),
}


@pytest.mark.parametrize(("body", "field"), BODIES.values(), ids=BODIES.keys())
def test_a_wrong_body_is_400_and_names_the_field(
    client: httpx.Client, body: bytes, field: str
) -> None:
    response = client.post("/toy/echo", content=body, headers=JSON)
    document = assert_problem(response, 400, "BODY_MALFORMED")
    assert blamed(document) == field


@pytest.mark.parametrize(("query", "field"), QUERIES.values(), ids=QUERIES.keys())
def test_a_wrong_query_is_400_and_names_the_parameter(
    client: httpx.Client, query: str, field: str
) -> None:
    document = assert_problem(client.get(f"/toy/echo?{query}"), 400, "PARAMETER_INVALID")
    assert blamed(document) == field


def blamed(document: dict[str, object]) -> str:
    errors = document["errors"]
    assert isinstance(errors, list)
    return ", ".join(error["field"] for error in errors)


@pytest.mark.parametrize("digits", ["%D9%A1", "1.0", "01x", "9223372036854775808", "%00"])
def test_a_path_whose_number_is_none_is_404_or_400(client: httpx.Client, digits: str) -> None:
    response = client.get(f"/toy/echo/{digits}/as/files/x")
    assert response.status_code == (400 if digits == "%00" else 404)


def test_a_negative_amount_is_400(client: httpx.Client, note: dict[str, object]) -> None:
    body = {"lines": [{"text": "milk", "quantity": -1}]}
    response = client.patch(f"/toy/notes/{note['id']}", json=body)
    document = assert_problem(response, 400, "REQUEST_INVALID")
    assert blamed(document) == "lines[0].quantity"


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/xml", "multipart/form-data; boundary=x", "text/json", "", "/",
     "application/json; charset=utf-16", "application/x-protobuf"],
)  # fmt: skip
def test_another_content_type_is_415(client: httpx.Client, content_type: str) -> None:
    response = client.post("/toy/echo", content=b"{}", headers={"Content-Type": content_type})
    assert_problem(response, 415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_body_over_the_limit_is_413(client: httpx.Client) -> None:
    response = client.post("/toy/echo", content=b" " * (64 * 1024 + 1), headers=JSON)
    assert_problem(response, 413, "BODY_TOO_LARGE")
