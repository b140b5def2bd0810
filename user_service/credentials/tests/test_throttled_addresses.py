"""An address that guesses has to wait, whichever login it guesses at."""

import pytest
from pytest_django import Settings

from market.user.v1 import credential_pb2
from market.user.v1.credential_pb2_grpc import CredentialServiceStub
from market.user.v1.session_pb2_grpc import SessionServiceStub
from mesh.testing.servers import error_of
from user_service.credentials.tests.guessing import from_address, guess, let_wait_pass, login
from user_service.tests.accounts import an_account

pytestmark = pytest.mark.usefixtures("few_free_at_an_address")


@pytest.fixture
def few_free_at_an_address(settings: Settings) -> None:
    settings.LOGIN_FREE_PER_ADDRESS = 3


def test_an_address_that_guesses_at_many_logins_waits_for_all(
    sessions: SessionServiceStub,
) -> None:
    an_account()
    here, elsewhere = from_address("192.0.2.7"), from_address("192.0.2.8")
    reasons = [guess(sessions, {"username": f"n{number}"}, here).reason for number in range(4)]
    assert reasons == ["CREDENTIALS_INVALID"] * 3 + ["LOGIN_THROTTLED"]
    refused = error_of(sessions.CreateToken, login(username="ada"), here)
    assert refused.reason == "LOGIN_THROTTLED"
    assert sessions.CreateToken(login(username="ada"), metadata=elsewhere).access_token


def test_signing_in_between_guesses_does_not_clear_an_address(
    sessions: SessionServiceStub,
) -> None:
    an_account("mallory")
    here = from_address("192.0.2.7")
    for number in range(3):
        guess(sessions, {"username": f"n{number}"}, here)
        let_wait_pass()
        sessions.CreateToken(login(username="mallory"), metadata=here)
    guess(sessions, {"username": "n4"}, here)
    assert guess(sessions, {"username": "n5"}, here).reason == "LOGIN_THROTTLED"


@pytest.mark.parametrize(
    ("first", "second", "one"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.8", False),
        ("no address", "no address", True),
    ],
)
def test_one_client_is_an_ipv4_address_or_an_ipv6_network(
    sessions: SessionServiceStub, first: str, second: str, one: bool
) -> None:
    for number in range(3):
        guess(sessions, {"username": f"n{number}"}, from_address(first))
    reason = guess(sessions, {"username": "n4"}, from_address(second)).reason
    assert (reason == "LOGIN_THROTTLED") is one


@pytest.mark.parametrize("service", ["order_service", ""])
def test_an_address_is_believed_from_the_edge_only(
    sessions: SessionServiceStub, service: str
) -> None:
    claimed = (("x-client-address", "192.0.2.7"),)
    metadata = from_address("192.0.2.7", service) if service else claimed
    for number in range(4):
        guess(sessions, {"username": f"n{number}"}, metadata)
    reason = guess(sessions, {"username": "n5"}, from_address("192.0.2.7")).reason
    assert reason == "CREDENTIALS_INVALID"


def test_password_resets_from_one_address_are_slowed_down(
    credentials: CredentialServiceStub,
) -> None:
    here = from_address("192.0.2.7")
    request = credential_pb2.RequestPasswordResetRequest(username="nobody")
    for _ in range(3):
        credentials.RequestPasswordReset(request, metadata=here)
    assert error_of(credentials.RequestPasswordReset, request, here).reason == "LOGIN_THROTTLED"
