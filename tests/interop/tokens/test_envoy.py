"""Envoy, with its `jwt_authn` filter before the edge, authenticates by our published keys."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from mesh.auth.tokens import AUDIENCE, ISSUER
from tests.interop.proxy import FILTERS, Config, cluster, envoy, of, route
from tests.support.mesh_under_test import Market, Person

AUTHN = f"{FILTERS}.http.jwt_authn.v3.JwtAuthentication"


@pytest.fixture(scope="module")
def proxy(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Yields a client of Envoy, which forwards to the edge what carries a good token."""
    edge = urlsplit(market.at.edge)
    before = cluster("edge", str(edge.hostname), edge.port or 80)
    folder = tmp_path_factory.mktemp("envoy")
    with envoy(folder, [authn(market.at.edge)], [route("/", "edge")], [before]) as client:
        yield client


def test_envoy_lets_in_who_has_a_token_of_ours(proxy: httpx.Client, ada: Person) -> None:
    answer = proxy.get("/api/users/me/", headers=ada.headers)
    assert (answer.status_code, answer.json()["id"]) == (200, ada.id)


def test_envoy_refuses_a_forged_token_and_none_at_all(proxy: httpx.Client, forged: str) -> None:
    answer = proxy.get("/api/users/me/", headers={"Authorization": f"Bearer {forged}"})
    assert (answer.status_code, answer.text) == (401, "Jwt verification fails")
    assert proxy.get("/api/users/me/").text == "Jwt is missing"


def authn(edge: str) -> Config:
    remote = {"uri": f"{edge}/.well-known/jwks.json", "cluster": "edge", "timeout": "5s"}
    provider = {
        "issuer": ISSUER,
        "audiences": [AUDIENCE],
        "remote_jwks": {"http_uri": remote},
        "forward": True,
    }
    rule = {"match": {"prefix": "/"}, "requires": {"provider_name": "market"}}
    return of(AUTHN, providers={"market": provider}, rules=[rule])
