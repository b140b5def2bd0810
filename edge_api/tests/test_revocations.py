"""Tokens that were revoked are refused by the edge, before any service is called."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from edge_api.tests.conftest import edge_before
from edge_api.tests.test_asyncio_parts import Publisher
from edge_api.tests.toy import Toy, toy_served
from mesh.auth.jwks import JwksCache
from mesh.auth.revocations import Revoked
from mesh.auth.tokens import TokenRevoked
from mesh.contract.model import Contract
from mesh.testing.keys import TestKeys

SECONDS = 5.0


@pytest.fixture
def toy(contract: Contract, keys: TestKeys) -> Toy:
    """A toy of its own, as its revocations must not affect other tests."""
    return Toy(contract, keys)


@pytest.fixture
def client(contract_file: Path, toy: Toy) -> Iterator[httpx.Client]:
    with (
        toy_served(toy) as port,
        edge_before(contract_file, port) as url,
        httpx.Client(base_url=url, timeout=5) as opened,
    ):
        yield opened


def ask(client: httpx.Client, keys: TestKeys, user_id: str, version: int) -> httpx.Response:
    token = keys.token(user_id, now=time.time() // 60 * 60, token_version=version)
    return client.get("/toy/notes", headers={"Authorization": f"Bearer {token}"})


def test_a_revoked_token_is_a_401_within_seconds_and_reaches_no_service(
    client: httpx.Client, keys: TestKeys, toy: Toy
) -> None:
    assert ask(client, keys, "ada", 1).status_code == 200
    toy.revoked["ada"] = 2
    deadline = time.monotonic() + SECONDS
    while (answer := ask(client, keys, "ada", 1)).status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (answer.status_code, answer.json()["code"]) == (401, "TOKEN_INVALID")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    seen = len(toy.seen)
    assert ask(client, keys, "ada", 1).status_code == 401
    assert len(toy.seen) == seen
    assert ask(client, keys, "ada", 2).status_code == 200
    assert ask(client, keys, "bob", 1).status_code == 200


def test_the_list_is_read_before_the_first_token_is_believed_and_kept_while_it_is_away() -> None:
    now = 100.0
    publisher = Publisher(TestKeys())
    publisher.revoked = [Revoked("ada", 2)]
    keys = JwksCache(publisher.fetch, publisher.list_revoked, clock=lambda: now)
    token = publisher.keys.token("ada", now=time.time(), token_version=1)

    keys.refresh()
    with pytest.raises(TokenRevoked):
        keys.verify(token)
    publisher.away = True
    keys._poll.read()  # type: ignore[union-attr]  # there is one with a list
    with pytest.raises(TokenRevoked):
        keys.verify(token)


def test_a_list_that_can_not_be_read_keeps_nobody_out() -> None:
    publisher = Publisher(TestKeys())
    publisher.lists = False
    keys = JwksCache(publisher.fetch, publisher.list_revoked)

    keys.refresh()
    assert keys.verify(publisher.keys.token("ada", now=time.time())).user_id == "ada"
