"""Bodies that are passed on unchanged, and fields that are headers."""

import httpx
import pytest

from edge_api.tests.toy import Toy


@pytest.mark.parametrize("kind", ["image/png", "application/json", "text/plain; charset=latin1"])
def test_a_raw_body_reaches_the_service_and_its_answer_the_client(
    client: httpx.Client, toy: Toy, kind: str
) -> None:
    sent = b'\x00\xff{"not": json'
    response = client.post("/toy/turned/x", content=sent, headers={"Content-Type": kind})
    assert (response.status_code, response.content) == (200, sent[::-1])
    assert response.headers["content-type"] == kind
    assert (toy.seen[-1].name, toy.seen[-1].content.content_type) == ("x", kind)


def test_a_body_of_no_type_is_bytes(client: httpx.Client) -> None:
    response = client.post("/toy/turned/x", content=b"abc")
    assert response.headers["content-type"] == "application/octet-stream"


def test_raw_answers_are_whatever_the_client_accepts(client: httpx.Client) -> None:
    response = client.post("/toy/turned/x", content=b"abc", headers={"Accept": "image/png"})
    assert response.content == b"cba"


def test_a_raw_body_has_the_limit_of_all_bodies(client: httpx.Client) -> None:
    response = client.post("/toy/turned/x", content=b" " * (64 * 1024 + 1))
    assert (response.status_code, response.json()["code"]) == (413, "BODY_TOO_LARGE")


def test_fields_beside_a_raw_body_are_parameters(client: httpx.Client, toy: Toy) -> None:
    assert client.post("/toy/turned/x?copies=3", content=b"abc").status_code == 200
    assert toy.seen[-1].copies == 3


def test_a_header_fills_its_field(client: httpx.Client, toy: Toy) -> None:
    client.post("/toy/turned/x", content=b"abc", headers={"X-Toy-Signature": "t=1,v1=ab"})
    assert toy.seen[-1].signature == "t=1,v1=ab"
    client.post("/toy/turned/x", content=b"abc")
    assert toy.seen[-1].signature == ""


def test_a_list_that_comes_in_parts_is_joined(client: httpx.Client, toy: Toy) -> None:
    parts = [("Accept-Language", "de"), ("Accept-Language", "en;q=0.5")]
    client.post("/toy/turned/x", content=b"abc", headers=parts)
    assert toy.seen[-1].languages == "de,en;q=0.5"


def test_a_header_field_is_checked_as_any_other(client: httpx.Client) -> None:
    headers = {"X-Toy-Signature": "x" * 21}
    response = client.post("/toy/turned/x", content=b"abc", headers=headers)
    assert (response.status_code, response.json()["code"]) == (400, "REQUEST_INVALID")


def test_a_header_field_is_neither_parameter_nor_member(client: httpx.Client) -> None:
    query = client.post("/toy/turned/x?signature=forged", content=b"abc")
    assert (query.status_code, query.json()["code"]) == (400, "PARAMETER_INVALID")
    body = client.post("/toy/paid", json={"device": "forged"}, headers={"Idempotency-Key": "k"})
    assert (body.status_code, body.json()["code"]) == (400, "BODY_MALFORMED")
    assert body.json()["errors"][0]["field"] == "device"
