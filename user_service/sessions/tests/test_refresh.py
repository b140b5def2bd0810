"""Families of refresh tokens: rotation, the grace for a lost answer, reuse, revocation."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db.models import F
from django.db.models.functions import Now
from joserfc import jws

from market.user.v1 import session_pb2 as pb
from market.user.v1.session_pb2_grpc import SessionServiceStub
from mesh.auth.encryption import token_digest
from mesh.outbox.periodic import PeriodicJobs
from mesh.testing.servers import error_of
from user_service.accounts.models import User
from user_service.sessions.models import RefreshToken, Session
from user_service.tests.accounts import PASSWORD, an_account, erase


@pytest.fixture
def token(sessions: SessionServiceStub) -> str:
    """The first refresh token of a session."""
    an_account()
    request = pb.CreateTokenRequest(username="ada", password=PASSWORD)
    return str(sessions.CreateToken(request).refresh_token)


def refresh(sessions: SessionServiceStub, token: str) -> str:
    return str(sessions.RefreshToken(pb.RefreshTokenRequest(refresh_token=token)).refresh_token)


def refused(sessions: SessionServiceStub, token: str) -> bool:
    error = error_of(sessions.RefreshToken, pb.RefreshTokenRequest(refresh_token=token))
    return error.reason == "REFRESH_TOKEN_INVALID"


def scope(access_token: str) -> str:
    claims = json.loads(jws.extract_compact(access_token.encode()).payload)
    return str(claims["scope"])


def let_grace_pass() -> None:
    RefreshToken.objects.update(create_time=F("create_time") - timedelta(seconds=11))


def test_a_refresh_answers_the_next_pair(sessions: SessionServiceStub, token: str) -> None:
    pair = sessions.RefreshToken(pb.RefreshTokenRequest(refresh_token=token))
    assert pair.access_token
    assert pair.refresh_token != token
    assert (pair.token_type, pair.expires_in) == ("Bearer", 300)
    assert refresh(sessions, pair.refresh_token)


def test_tokens_are_kept_as_digests_only(sessions: SessionServiceStub, token: str) -> None:
    successor = refresh(sessions, token)
    assert {bytes(row.digest) for row in RefreshToken.objects.all()} == {
        token_digest(token),
        token_digest(successor),
    }


def test_eight_refreshes_at_once_make_one_new_member(
    sessions: SessionServiceStub, token: str
) -> None:
    together = threading.Barrier(8)

    def refresh_together(_: int) -> str:
        together.wait()
        return refresh(sessions, token)

    with ThreadPoolExecutor(8) as pool:
        successors = set(pool.map(refresh_together, range(8)))
    assert len(successors) == 1
    assert RefreshToken.objects.count() == 2


def test_a_refresh_whose_answer_was_lost_can_be_repeated_for_ten_seconds(
    sessions: SessionServiceStub, token: str
) -> None:
    assert refresh(sessions, token) == refresh(sessions, token)
    let_grace_pass()
    assert refused(sessions, token)


def test_a_second_use_revokes_the_family(sessions: SessionServiceStub, token: str) -> None:
    successor = refresh(sessions, token)
    let_grace_pass()
    assert refused(sessions, token)
    assert refused(sessions, successor)
    assert Session.objects.get().revoked_time is not None


def test_grace_ends_once_the_successor_is_used(sessions: SessionServiceStub, token: str) -> None:
    newest = refresh(sessions, refresh(sessions, token))
    assert refused(sessions, token)
    assert refused(sessions, newest)


def test_one_family_does_not_end_another(sessions: SessionServiceStub, token: str) -> None:
    request = pb.CreateTokenRequest(username="ada", password=PASSWORD)
    other = sessions.CreateToken(request).refresh_token
    sessions.RevokeToken(pb.RevokeTokenRequest(refresh_token=token))
    assert refused(sessions, token)
    assert refresh(sessions, other)


def test_revoking_any_token_of_a_family_ends_all_of_it(
    sessions: SessionServiceStub, token: str
) -> None:
    newest = refresh(sessions, token)
    for _ in range(2):
        sessions.RevokeToken(pb.RevokeTokenRequest(refresh_token=token))
    assert refused(sessions, newest)


def test_revoking_an_unknown_token_is_no_error(sessions: SessionServiceStub) -> None:
    sessions.RevokeToken(pb.RevokeTokenRequest(refresh_token="made up"))


def test_an_unknown_token_is_refused(sessions: SessionServiceStub) -> None:
    assert refused(sessions, "made up")


def test_a_session_ends_by_itself(sessions: SessionServiceStub, token: str) -> None:
    Session.objects.update(create_time=Now() - timedelta(days=31), expire_time=Now())
    assert refused(sessions, token)


def test_erasing_the_account_ends_its_sessions(sessions: SessionServiceStub, token: str) -> None:
    erase(User.objects.get())
    assert refused(sessions, token)


def test_what_staff_may_do_is_read_anew_at_each_refresh(
    sessions: SessionServiceStub, token: str
) -> None:
    before = sessions.RefreshToken(pb.RefreshTokenRequest(refresh_token=token))
    User.objects.update(staff_scopes=["users.read"])
    after = sessions.RefreshToken(pb.RefreshTokenRequest(refresh_token=before.refresh_token))
    assert scope(before.access_token) == ""
    assert scope(after.access_token) == "users.read"


def test_housekeeping_deletes_expired_sessions_with_their_tokens_and_no_other(
    sessions: SessionServiceStub, token: str
) -> None:
    Session.objects.update(create_time=Now() - timedelta(days=31), expire_time=Now())
    request = pb.CreateTokenRequest(username="ada", password=PASSWORD)
    living = sessions.CreateToken(request).refresh_token
    PeriodicJobs().run_when_due()
    assert refresh(sessions, living)
    assert Session.objects.count() == 1
