"""Tokens and keys under either name of the algorithm, through every change of names."""

import itertools
import time
from typing import Any

import pytest
from joserfc.errors import UnsupportedAlgorithmError

from mesh.auth.ed25519 import NAMES, Ed25519Registry
from mesh.auth.tests.token_attacks import VICTIM, Forge
from mesh.auth.tokens import AccessTokens, TokenInvalid
from mesh.testing.keys import TestKeys

SECRET = "only for tests: long enough to be a secret"
FORGE = Forge(TestKeys(), SECRET, "toy")


def verifier(**changed: object) -> AccessTokens:
    """One that knows the forge's key, published with this change."""
    (key,) = FORGE.keys.jwks()["keys"]
    published = {name: value for name, value in {**key, **changed}.items() if value is not None}
    tokens = AccessTokens()
    tokens.load({"keys": [published]})
    return tokens


@pytest.mark.parametrize(
    ("key", "token"), list(itertools.product([*sorted(NAMES), None], sorted(NAMES)))
)
def test_a_key_published_under_one_name_verifies_tokens_under_both(
    key: str | None, token: str
) -> None:
    signed = FORGE.token(FORGE.right, alg=token)
    assert verifier(alg=key).verify(signed).user_id == VICTIM


@pytest.mark.parametrize(
    "changed",
    [{"alg": "ES256"}, {"alg": "Ed448"}, {"alg": "none"}, {"use": "enc"}],
    ids=str,
)
def test_a_key_published_for_something_else_verifies_no_token(changed: dict[str, Any]) -> None:
    for name in NAMES:
        with pytest.raises(TokenInvalid):
            verifier(**changed).verify(FORGE.token(FORGE.right, alg=name))


@pytest.mark.parametrize("name", ["none", "HS256", "ES256", "RS256", "Ed448", "eddsa", ""])
def test_no_other_algorithm_is_known(name: str) -> None:
    with pytest.raises(UnsupportedAlgorithmError):
        Ed25519Registry().get_alg(name)


def test_tokens_are_issued_under_the_name_that_most_verifiers_know() -> None:
    token = FORGE.keys.token(VICTIM, now=time.time())
    assert verifier().verify(token).user_id == VICTIM
    assert {key["alg"] for key in FORGE.keys.jwks()["keys"]} == {"EdDSA"}
