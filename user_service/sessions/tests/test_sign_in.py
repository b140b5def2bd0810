"""Signing in, and what the access token is good for."""

import json
import time

import pytest
from joserfc import jws
from pytest_django import Settings

from market.user.v1 import session_pb2 as pb
from market.user.v1 import user_pb2
from market.user.v1.session_pb2_grpc import SessionServiceStub
from market.user.v1.user_pb2_grpc import UserServiceStub
from mesh.auth.jwks import jwks_of
from mesh.auth.tokens import ACCESS_TOKEN_S, AccessTokens
from mesh.testing.servers import as_user, error_of
from user_service.accounts.authority import all_scopes
from user_service.sessions.models import RefreshToken
from user_service.tests.accounts import PASSWORD, a_staff_account, an_account, erase


def login(**values: str) -> pb.CreateTokenRequest:
    return pb.CreateTokenRequest(**{"password": PASSWORD, **values})


@pytest.mark.parametrize(
    "name", [{"username": "ada"}, {"username": "ADA"}, {"email": "Ada@People.example"}]
)
def test_a_user_signs_in_by_name_or_address_whatever_the_case(
    sessions: SessionServiceStub, name: dict[str, str]
) -> None:
    an_account()
    pair = sessions.CreateToken(login(**name))
    assert (pair.token_type, pair.expires_in) == ("Bearer", ACCESS_TOKEN_S)
    assert len(pair.refresh_token) == 43


def test_the_access_token_opens_what_is_the_users(
    users: UserServiceStub, sessions: SessionServiceStub
) -> None:
    ada = an_account()
    token = sessions.CreateToken(login(username="ada")).access_token
    mine = user_pb2.GetUserRequest(user_id="me")
    assert users.GetUser(mine, metadata=as_user(token)).user.id == str(ada.id)


def test_the_access_token_verifies_against_the_published_keys(
    sessions: SessionServiceStub,
) -> None:
    boss = a_staff_account()
    token = sessions.CreateToken(login(username="boss")).access_token
    verifier = AccessTokens()
    verifier.load(jwks_of(sessions.GetJwks(pb.GetJwksRequest())))
    caller = verifier.verify(token)
    assert (caller.user_id, caller.scopes) == (str(boss.id), frozenset(all_scopes()))


def test_the_access_token_says_what_rfc_9068_asks_and_lives_five_minutes(
    sessions: SessionServiceStub,
) -> None:
    an_account()
    tokens = [
        jws.extract_compact(sessions.CreateToken(login(username="ada")).access_token.encode())
        for _ in range(2)
    ]
    published = {key.kid for key in sessions.GetJwks(pb.GetJwksRequest()).keys}
    for token in tokens:
        header = token.headers()
        assert (header["alg"], header["typ"]) == ("EdDSA", "at+jwt")
        assert header["kid"] in published
    first, second = (json.loads(token.payload) for token in tokens)
    assert set(first) == {"iss", "aud", "sub", "iat", "exp", "jti", "scope", "token_version"}
    assert first["exp"] - first["iat"] == ACCESS_TOKEN_S
    assert first["jti"] != second["jti"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": "ada", "password": "correct horse battery stapl"},
        {"username": "nobody"},
        {"email": "nobody@people.example"},
        {"username": "ada@people.example"},
    ],
)
def test_a_wrong_login_is_refused_the_same_way_whatever_is_wrong(
    sessions: SessionServiceStub, wrong: dict[str, str]
) -> None:
    an_account()
    error = error_of(sessions.CreateToken, login(**wrong))
    assert (error.reason, error.detail) == (
        "CREDENTIALS_INVALID",
        "no account matches this login and password",
    )
    assert not RefreshToken.objects.exists()


def test_an_erased_account_can_not_sign_in(sessions: SessionServiceStub) -> None:
    erase(an_account())
    assert error_of(sessions.CreateToken, login(username="ada")).reason == "CREDENTIALS_INVALID"


def test_a_login_names_one_account(sessions: SessionServiceStub) -> None:
    assert error_of(sessions.CreateToken, login()).reason == "REQUEST_INVALID"


def test_the_time_does_not_tell_whether_an_account_exists(
    sessions: SessionServiceStub, settings: Settings
) -> None:
    settings.ARGON2_TIME_COST, settings.ARGON2_MEMORY_KIB = 2, 32 * 1024
    an_account("bob")

    def seconds(username: str) -> float:
        started = time.perf_counter()
        error_of(sessions.CreateToken, login(username=username, password="wrong"))
        return time.perf_counter() - started

    seconds("warm-up")
    rounds = [(seconds("bob"), seconds("nobody")) for _ in range(5)]
    known, unknown = (min(column) for column in zip(*rounds, strict=True))
    assert 0.5 < unknown / known < 2
