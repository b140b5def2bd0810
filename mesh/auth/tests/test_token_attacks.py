"""No forged token is believed, by the verifier itself or by a service (RFC 8725)."""

import time
from collections.abc import Callable

import grpc
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from mesh.auth.access import Caller
from mesh.auth.tests.token_attacks import VICTIM, Forge, attacks
from mesh.auth.tokens import CACHE_ENTRIES, AccessTokens, ServiceTokens, TokenCache, TokenInvalid
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import TestKeys, as_user, error_of
from mesh.tests.toy.contract import NAME, MineRequest, SayResponse

SECRET = "only for tests: long enough to be a secret"
FORGE = Forge(TestKeys(), SECRET, "toy")


@pytest.fixture
def verifier() -> AccessTokens:
    tokens = AccessTokens()
    tokens.load(FORGE.keys.jwks())
    return tokens


@pytest.fixture
def service_tokens() -> ServiceTokens:
    return ServiceTokens(SECRET, "toy")


def test_the_forge_s_good_tokens_are_believed(verifier: AccessTokens) -> None:
    """Or the table would show nothing."""
    by_its_other_name = FORGE.token(FORGE.right, alg="Ed25519")
    for token in (FORGE.good, FORGE.token(FORGE.right), by_its_other_name):
        assert verifier.verify(token) == Caller(user_id=VICTIM)


@pytest.mark.parametrize("token", attacks(FORGE).values(), ids=attacks(FORGE).keys())
def test_a_forged_token_is_refused(verifier: AccessTokens, token: str) -> None:
    with pytest.raises(TokenInvalid):
        verifier.verify(token)
    with pytest.raises(TokenInvalid):
        verifier.verify(token)  # and was not remembered either


def test_a_service_believes_no_forged_token(bare: grpc.Channel, keys: TestKeys) -> None:
    forge = Forge(keys, SECRET, "toy")
    mine = bare.unary_unary(
        f"/{NAME}/Mine",
        request_serializer=MineRequest.SerializeToString,
        response_deserializer=SayResponse.FromString,
    )
    assert mine(MineRequest(), metadata=as_user(forge.good), timeout=5).said == VICTIM
    reasons = {name: _reason(mine, as_user(token)) for name, token in attacks(forge).items()}
    assert {name: reason for name, reason in reasons.items() if reason != "TOKEN_INVALID"} == {}


def _reason(rpc: Callable[..., object], metadata: Metadata) -> str:
    if not metadata[0][1].isascii():
        return "TOKEN_INVALID"  # gRPC sends no such metadata
    return error_of(rpc, MineRequest(), metadata).reason


def test_a_user_s_token_makes_nobody_a_service(service_tokens: ServiceTokens) -> None:
    with pytest.raises(TokenInvalid):
        service_tokens.verify(FORGE.good)


@pytest.mark.parametrize(
    ("secret", "header", "claims"),
    [
        ("another secret, and long enough for one", {}, {}),
        (SECRET, {}, {"aud": "another"}),
        (SECRET, {}, {"aud": None}),
        (SECRET, {}, {"exp": 1}),
        (SECRET, {}, {"exp": None}),
        (SECRET, {}, {"sub": ""}),
        (SECRET, {}, {"sub": ["edge_api"]}),
        (SECRET, {"typ": "at+jwt"}, {}),
        (SECRET, {"typ": "JWT"}, {}),
        (SECRET, {"kid": "x", "jku": "https://attacker.example/"}, {}),
    ],
)
def test_a_forged_service_token_is_refused(
    service_tokens: ServiceTokens,
    secret: str,
    header: dict[str, object],
    claims: dict[str, object],
) -> None:
    now = int(time.time())
    body = {"sub": "edge_api", "aud": "toy", "iat": now, "exp": now + 60} | claims
    token = jwt.encode(
        {"alg": "HS256", "typ": "service+jwt"} | header,
        {name: value for name, value in body.items() if value is not None},
        OctKey.import_key(secret),
    )
    with pytest.raises(TokenInvalid):
        service_tokens.verify(token)


def test_an_unsigned_service_token_is_refused(service_tokens: ServiceTokens) -> None:
    header, claims, _ = ServiceTokens(SECRET, "friend").make("toy").split(".")
    for token in (f"{header}.{claims}.", f"eyJhbGciOiJub25lIn0.{claims}.", f"..{claims}"):
        with pytest.raises(TokenInvalid):
            service_tokens.verify(token)


def test_a_token_is_verified_as_joserfc_would_verify_it(verifier: AccessTokens) -> None:
    """By whichever of the two ways: with the plain one taken away the table ends the same."""
    tokens = {
        **attacks(FORGE),
        "good": FORGE.good,
        "renamed": FORGE.token(FORGE.right, alg="Ed25519"),
    }
    slow = AccessTokens()
    slow.load(FORGE.keys.jwks())
    assert slow._loaded is not None
    slow._loaded = slow._loaded._replace(public={})
    assert {name: _verdict(verifier, token) for name, token in tokens.items()} == {
        name: _verdict(slow, token) for name, token in tokens.items()
    }


def _verdict(verifier: AccessTokens, token: str) -> Caller | None:
    try:
        return verifier.verify(token)
    except TokenInvalid:
        return None


def test_as_many_tokens_are_remembered_as_there_is_room_for_and_those_in_use_stay() -> None:
    cache = TokenCache(clock=lambda: 100.0)
    cache.put("in use", Caller(user_id="a"), 200.0)
    for number in range(3 * CACHE_ENTRIES):
        cache.put(str(number), Caller(), 200.0)
        if number % 1000 == 0:
            assert cache.get("in use") == Caller(user_id="a")
    assert len(cache) <= CACHE_ENTRIES
    cache.put("over", Caller(user_id="b"), 100.0)
    assert cache.get("over") is None
