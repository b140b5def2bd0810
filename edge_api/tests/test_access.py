"""Who may call which RPC, by real tokens."""

import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from edge_api.tests.conftest import edge_before, free_port
from edge_api.tests.toy import Toy, toy_served
from mesh.testing.keys import TestKeys

Headers = dict[str, str]
SignedIn = Callable[..., Headers]


def test_nobody_is_401_and_told_how_to_sign_in(client: httpx.Client) -> None:
    response = client.post("/toy/notes", content=b"not even JSON")
    assert (response.status_code, response.json()["code"]) == (401, "TOKEN_MISSING")
    assert response.headers["www-authenticate"] == "Bearer"


def test_a_user_without_the_scope_is_403(client: httpx.Client, signed_in: SignedIn) -> None:
    response = client.delete("/toy/notes/x", headers=signed_in("ada", "notes.read"))
    assert (response.status_code, response.json()["code"]) == (403, "NOT_ADMITTED")


def test_what_belongs_to_another_is_404(client: httpx.Client, signed_in: SignedIn) -> None:
    response = client.get("/toy/users/bob/notes", headers=signed_in("ada"))
    assert (response.status_code, response.json()["code"]) == (404, "NOT_FOUND")


def test_staff_with_the_scope_sees_anybody(client: httpx.Client, signed_in: SignedIn) -> None:
    response = client.get("/toy/users/bob/notes", headers=signed_in("eve", "notes.read"))
    assert response.status_code == 200


def test_the_service_verifies_the_same_token_again(
    client: httpx.Client, toy: Toy, signed_in: SignedIn
) -> None:
    assert client.get("/toy/notes", headers=signed_in("ada")).status_code == 200
    assert toy.seen[-1].user_id == "ada"


def test_tokens_that_do_not_hold_are_401(client: httpx.Client, keys: TestKeys) -> None:
    now = time.time()
    tokens = [
        "x",
        "a.b.c",
        keys.token("ada", now=now - 3600),
        keys.token("ada", now=now, aud="elsewhere"),
        keys.token("ada", now=now, iss="elsewhere"),
        TestKeys().token("ada", now=now),
        keys.token("ada", now=now)[:-4] + "AAAA",
        "x" * 5000,
    ]
    for token in tokens:
        response = client.get("/toy/echo", headers={"Authorization": f"Bearer {token}"})
        assert (response.status_code, response.json()["code"]) == (401, "TOKEN_INVALID")
        assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_without_keys_a_token_is_503_and_not_401(contract_file: Path, signed_in: SignedIn) -> None:
    with edge_before(contract_file, free_port()) as url:
        response = httpx.get(f"{url}/toy/notes", headers=signed_in("ada"))
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) >= 1


def test_keys_once_known_outlive_their_publisher(
    contract_file: Path, toy: Toy, signed_in: SignedIn
) -> None:
    with toy_served(toy) as port:
        edge = edge_before(contract_file, port)
        url = edge.__enter__()
        assert httpx.get(f"{url}/toy/notes", headers=signed_in("ada")).status_code == 200
    try:
        response = httpx.get(f"{url}/toy/users/bob/notes", headers=signed_in("ada"))
        assert response.status_code == 404
        forged = {"Authorization": f"Bearer {TestKeys().token('ada', now=time.time())}"}
        assert httpx.get(f"{url}/toy/notes", headers=forged).status_code == 401
    finally:
        edge.__exit__(None, None, None)


def test_a_service_that_is_down_is_503_in_time_and_back_when_it_is(
    contract_file: Path, toy: Toy
) -> None:
    port = free_port()
    with edge_before(contract_file, port) as url:
        response = httpx.get(f"{url}/toy/echo")
        assert response.status_code == 503
        assert response.json()["detail"] == "Toy service unavailable"
        assert int(response.headers["retry-after"]) >= 1
        assert response.elapsed.total_seconds() < 2.25
        ready = httpx.get(f"{url}/readyz")
        assert (ready.status_code, ready.json()["code"]) == (503, "NOT_READY")
        assert "toy_service" in ready.json()["detail"]
        assert ready.elapsed.total_seconds() < 1
        assert httpx.get(f"{url}/livez").status_code == 200
        with toy_served(toy, port):
            deadline = time.monotonic() + 60
            while httpx.get(f"{url}/readyz").status_code != 200:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            assert httpx.get(f"{url}/toy/echo").status_code == 200


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_a_whole_edge_is_live_and_ready(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 200


def test_an_edge_that_can_serve_stays_ready_while_a_service_is_away(
    contract_file: Path, toy: Toy
) -> None:
    with toy_served(toy) as port:
        edge = edge_before(contract_file, port)
        url = edge.__enter__()
        assert httpx.get(f"{url}/readyz").json()["status"] == "ready"
    try:
        answer = httpx.get(f"{url}/readyz")
        assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
        assert answer.json()["checks"] == {"keys": "ready", "toy_service": "unavailable"}
    finally:
        edge.__exit__(None, None, None)
