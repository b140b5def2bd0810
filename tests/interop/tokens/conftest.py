"""An access token of the running mesh, and one that was tampered with."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest

from tests.support.mesh_under_test import Market, Person

JWKS = "/.well-known/jwks.json"


@pytest.fixture(scope="session")
def ada(market: Market) -> Person:
    return market.register("ada")


@pytest.fixture(scope="session")
def jwks_url(market: Market) -> str:
    return market.at.edge + JWKS


@pytest.fixture(scope="session")
def forged(ada: Person) -> str:
    """Returns a token with another's name under ada's signature."""
    header, claims, signature = ada.token.split(".")
    said = json.loads(urlsafe_b64decode(claims + "=="))
    other = json.dumps({**said, "sub": "01890a5d-ac96-774b-bcce-b302099a8057"}).encode()
    return f"{header}.{urlsafe_b64encode(other).rstrip(b'=').decode()}.{signature}"
