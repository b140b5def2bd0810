"""The most used libraries verify our access tokens by our published keys, as they come."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import jwt
import pytest

from mesh.auth.tokens import AUDIENCE, ISSUER
from tests.interop.clients import GO
from tests.interop.tokens.conftest import JWKS
from tests.support.left_out import fetched, need
from tests.support.mesh_under_test import Market, Person

HERE = Path(__file__).parent
# The subject of a token; empty for one that is refused.
Verify = Callable[[str], str]


def test_the_published_keys_have_what_verifiers_want(market: Market) -> None:
    answer = market.get(JWKS)
    assert answer.headers["content-type"].startswith("application/json")
    keys = answer.json()["keys"]
    assert len(keys) >= 2
    for key in keys:
        assert (key["kty"], key["crv"], key["alg"], key["use"]) == (
            "OKP",
            "Ed25519",
            "EdDSA",
            "sig",
        )
        assert set(key) == {"kty", "crv", "x", "kid", "alg", "use"}


@pytest.fixture(params=["pyjwt", "node", "golang"])
def verify(request: pytest.FixtureRequest) -> Verify:
    found: Verify = request.getfixturevalue(request.param)
    return found


def test_a_library_verifies_our_tokens_and_no_forged_one(
    verify: Verify, ada: Person, forged: str
) -> None:
    assert verify(ada.token) == ada.id
    assert verify(forged) == ""


@pytest.fixture(scope="session")
def pyjwt(jwks_url: str) -> Verify:
    keys = jwt.PyJWKClient(jwks_url)

    def verify(token: str) -> str:
        key = keys.get_signing_key_from_jwt(token)
        try:
            claims = jwt.decode(token, key, ["EdDSA"], audience=AUDIENCE, issuer=ISSUER)
        except jwt.InvalidSignatureError:
            return ""
        return str(claims["sub"])

    return verify


@pytest.fixture(scope="session")
def node(jwks_url: str, tmp_path_factory: pytest.TempPathFactory) -> Verify:
    need("node")
    need("npm")
    folder = tmp_path_factory.mktemp("node") / "verify"
    shutil.copytree(HERE / "node", folder)
    fetched("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder)
    return said_by("node", "verify.mjs", jwks_url, folder=folder, refusal="signature verification")


@pytest.fixture(scope="session")
def golang(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Verify:
    need("go")
    folder = tmp_path_factory.mktemp("golang")
    build = ("go", "build", "-buildvcs=false", "-o", str(folder / "verify"), ".")
    fetched(*build, folder=HERE / "golang", **GO)
    (folder / "jwks.json").write_text(json.dumps(market.get(JWKS).json()))
    return said_by("./verify", "jwks.json", folder=folder, refusal="signature is invalid")


def said_by(*command: str, folder: Path, refusal: str) -> Verify:
    """Returns a verifier that runs a program; a refusal must be for the signature."""

    def verify(token: str) -> str:
        done = subprocess.run(
            command,
            cwd=folder,
            input=token,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            assert refusal in done.stderr, done.stderr
        return done.stdout.strip()

    return verify
