"""No forged token gets past the edge (RFC 8725)."""

import httpx

from edge_api.tests.toy import SECRET
from mesh.auth.tests.token_attacks import Forge, attacks
from mesh.testing.keys import TestKeys


def test_the_edge_believes_no_forged_token(client: httpx.Client, keys: TestKeys) -> None:
    forge = Forge(keys, SECRET, "edge_api")
    assert ask(client, forge.good).status_code == 200
    answers = {name: ask(client, token) for name, token in attacks(forge).items()}
    refused = (401, "TOKEN_INVALID")
    let_in = {
        name: answer.text
        for name, answer in answers.items()
        if (answer.status_code, answer.json().get("code")) != refused
    }
    assert let_in == {}


def ask(client: httpx.Client, token: str) -> httpx.Response:
    return client.get("/toy/notes", headers={b"Authorization": f"Bearer {token}".encode()})
