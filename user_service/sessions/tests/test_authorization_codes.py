"""CreateAuthorizationCode and ExchangeAuthorizationCode: who joins a session, and who does not."""

import threading
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

import pytest

from market.user.v1 import session_pb2 as pb
from market.user.v1.session_pb2_grpc import SessionServiceStub
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import as_service, error_of
from user_service.accounts.models import User
from user_service.sessions import authorization_codes
from user_service.sessions.models import Session
from user_service.tests.accounts import PASSWORD, an_account, lock

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # both from RFC 7636, appendix B


def signing_in() -> Metadata:
    """The pages where staff signs in, which make codes."""
    return as_service("user_service")


def pages() -> Metadata:
    """The pages of another service, which get one and exchange it."""
    return as_service("order_service")


@pytest.fixture
def ada(sessions: SessionServiceStub) -> User:
    return an_account()


@pytest.fixture
def token(sessions: SessionServiceStub, ada: User) -> str:
    """The first refresh token of a session."""
    request = pb.CreateTokenRequest(username="ada", password=PASSWORD)
    return str(sessions.CreateToken(request).refresh_token)


@pytest.fixture
def code(sessions: SessionServiceStub, token: str) -> str:
    made = sessions.CreateAuthorizationCode(asking(token), metadata=signing_in())
    assert made.expires_in == 30
    return str(made.code)


def asking(token: str) -> pb.CreateAuthorizationCodeRequest:
    return pb.CreateAuthorizationCodeRequest(refresh_token=token, code_challenge=CHALLENGE)


def showing(code: str, verifier: str = VERIFIER) -> pb.ExchangeAuthorizationCodeRequest:
    return pb.ExchangeAuthorizationCodeRequest(code=code, code_verifier=verifier)


def exchange(sessions: SessionServiceStub, code: str) -> str:
    answer = sessions.ExchangeAuthorizationCode(showing(code), metadata=pages())
    return str(answer.refresh_token)


def refused(sessions: SessionServiceStub, code: str, verifier: str = VERIFIER) -> bool:
    error = error_of(sessions.ExchangeAuthorizationCode, showing(code, verifier), pages())
    return error.reason == "AUTHORIZATION_CODE_INVALID"


def refresh(sessions: SessionServiceStub, token: str) -> str:
    return str(sessions.RefreshToken(pb.RefreshTokenRequest(refresh_token=token)).refresh_token)


def ended(sessions: SessionServiceStub, token: str) -> bool:
    error = error_of(sessions.RefreshToken, pb.RefreshTokenRequest(refresh_token=token))
    return error.reason == "REFRESH_TOKEN_INVALID"


def test_a_code_joins_the_session_and_both_refresh_on_their_own(
    sessions: SessionServiceStub, token: str, code: str
) -> None:
    joined = exchange(sessions, code)
    for _ in range(2):
        joined, token = refresh(sessions, joined), refresh(sessions, token)
    assert Session.objects.count() == 1


def test_ending_the_session_at_one_ends_it_at_the_other(
    sessions: SessionServiceStub, token: str, code: str
) -> None:
    joined = exchange(sessions, code)
    sessions.RevokeToken(pb.RevokeTokenRequest(refresh_token=joined))
    assert ended(sessions, token)


def test_a_code_works_once(sessions: SessionServiceStub, code: str) -> None:
    exchange(sessions, code)
    assert refused(sessions, code)


def test_of_four_exchanges_at_once_one_succeeds(sessions: SessionServiceStub, code: str) -> None:
    together = threading.Barrier(4)

    def exchange_together(_: int) -> bool:
        together.wait()
        call = sessions.ExchangeAuthorizationCode.future(showing(code), metadata=pages())
        return call.exception() is None

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(exchange_together, range(4))) == 1


def test_a_code_written_otherwise_is_still_the_same_code(
    sessions: SessionServiceStub, code: str
) -> None:
    """The last digit of base64 has bits that mean nothing, so it can be written in many ways."""
    exchange(sessions, code)
    others = [code[:-1] + digit for digit in "AQgwBRhxEFGH" if digit != code[-1]]
    assert all(refused(sessions, other) for other in others)


def test_who_has_the_code_but_not_its_verifier_gets_nothing(
    sessions: SessionServiceStub, code: str
) -> None:
    assert refused(sessions, code, "A" * 43)
    assert refused(sessions, code, CHALLENGE)
    assert exchange(sessions, code)


@pytest.mark.parametrize("made_up", ["x", "a.b.c.d.e", "eyJhbGciOiJub25lIn0..e30."])
def test_what_is_no_code_is_refused(sessions: SessionServiceStub, token: str, made_up: str) -> None:
    assert refused(sessions, made_up)
    assert refused(sessions, token)


def test_a_code_expires(sessions: SessionServiceStub, token: str) -> None:
    with patch.object(authorization_codes, "LASTS_S", -1):
        made = sessions.CreateAuthorizationCode(asking(token), metadata=signing_in())
    assert refused(sessions, made.code)


def test_a_code_of_a_session_that_ended_meanwhile_lets_nobody_in(
    sessions: SessionServiceStub, code: str, ada: User
) -> None:
    lock(ada)
    assert refused(sessions, code)


def test_a_token_that_was_used_or_revoked_gets_no_code(
    sessions: SessionServiceStub, token: str
) -> None:
    successor = refresh(sessions, token)
    sessions.RevokeToken(pb.RevokeTokenRequest(refresh_token=successor))
    for gone in (token, successor, "made up"):
        error = error_of(sessions.CreateAuthorizationCode, asking(gone), signing_in())
        assert error.reason == "REFRESH_TOKEN_INVALID"


@pytest.mark.parametrize(
    ("rpc", "caller"),
    [
        ("CreateAuthorizationCode", ""),
        ("CreateAuthorizationCode", "edge_api"),
        ("CreateAuthorizationCode", "order_service"),
        ("ExchangeAuthorizationCode", ""),
        ("ExchangeAuthorizationCode", "edge_api"),
        ("ExchangeAuthorizationCode", "user_service"),
    ],
)
def test_codes_are_made_where_staff_signs_in_and_exchanged_elsewhere(
    sessions: SessionServiceStub, token: str, code: str, rpc: str, caller: str
) -> None:
    request = asking(token) if rpc == "CreateAuthorizationCode" else showing(code)
    by = as_service(caller) if caller else ()  # made now, as it is good for a minute
    error = error_of(getattr(sessions, rpc), request, by)
    assert error.reason in ("NOT_ADMITTED", "TOKEN_MISSING")
