"""`Idempotency-Key`, as far as the edge decides; services are tested with it elsewhere."""

import uuid

import httpx
import pytest

from edge_api.tests.toy import Toy


def pay(client: httpx.Client, key: str | None = None, **body: object) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post("/toy/paid", json=body, headers=headers)


def test_a_method_may_require_a_key(client: httpx.Client) -> None:
    refused = pay(client, amount=1)
    assert (refused.status_code, refused.json()["code"]) == (400, "IDEMPOTENCY_KEY_REQUIRED")
    assert pay(client, "a key", amount=1).status_code == 200


def test_a_request_that_names_itself_needs_no_key_and_takes_none(client: httpx.Client) -> None:
    named = str(uuid.uuid4())
    assert pay(client, amount=1, request_id=named).status_code == 200
    both = pay(client, "a key", amount=1, request_id=named)
    assert (both.status_code, both.json()["code"]) == (400, "HEADER_INVALID")


def test_an_answer_that_was_given_before_says_so(client: httpx.Client) -> None:
    key = str(uuid.uuid4())
    assert "idempotency-replayed" not in pay(client, key, amount=2).headers
    assert pay(client, key, amount=2).headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("key", ["k", "a b", "~" * 255, "{}"])
def test_printable_keys_are_keys(client: httpx.Client, key: str) -> None:
    assert pay(client, key, amount=3).status_code == 200


@pytest.mark.parametrize("key", ["", "a\tb", "k\xe9", "x" * 256])
def test_others_are_refused_on_every_method(client: httpx.Client, key: str) -> None:
    for path in ("/toy/paid", "/toy/echo"):
        headers = {b"idempotency-key": key.encode("latin1")}
        response = client.post(path, json={}, headers=headers)
        assert (response.status_code, response.json()["code"]) == (400, "HEADER_INVALID")


def test_a_method_whose_requests_have_no_names_takes_a_key_too(
    client: httpx.Client, toy: Toy
) -> None:
    assert client.post("/toy/echo", headers={"Idempotency-Key": "k"}).status_code == 200
