"""A user's own sessions: listed, ended one by one, ended all at once."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db.models.functions import Now

from market.user.v1 import session_pb2 as pb
from market.user.v1.session_pb2_grpc import SessionServiceStub
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import as_user, error_of
from user_service.accounts.models import User
from user_service.sessions.actions import begin_session
from user_service.sessions.models import Session
from user_service.tests.accounts import an_account, lock, unlock


@pytest.fixture
def ada(transactional_db: None) -> User:
    return an_account()


@pytest.fixture
def me(sessions: SessionServiceStub, ada: User) -> Metadata:
    """Signed in by one session."""
    return as_user(begin_session(user=ada).access_token)


def listed(sessions: SessionServiceStub, me: Metadata) -> list[str]:
    answer = sessions.ListSessions(pb.ListSessionsRequest(), metadata=me)
    return [session.id for session in answer.sessions]


def ended(sessions: SessionServiceStub, refresh_token: str) -> bool:
    request = pb.RefreshTokenRequest(refresh_token=refresh_token)
    return error_of(sessions.RefreshToken, request).reason == "REFRESH_TOKEN_INVALID"


def test_a_session_says_when_it_began_was_used_and_ends(
    sessions: SessionServiceStub, ada: User, me: Metadata
) -> None:
    token = begin_session(user=ada).refresh_token
    sessions.RefreshToken(pb.RefreshTokenRequest(refresh_token=token))
    newest, _ = sessions.ListSessions(pb.ListSessionsRequest(), metadata=me).sessions
    began, used, ends = (
        time.ToNanoseconds()
        for time in (newest.create_time, newest.last_use_time, newest.expire_time)
    )
    assert began < used < ends


def test_nobody_elses_sessions_are_listed_and_none_that_ended(
    sessions: SessionServiceStub, ada: User, me: Metadata
) -> None:
    begin_session(user=an_account("bob"))
    for _ in range(2):
        begin_session(user=ada)
    mine = [str(session.id) for session in Session.objects.filter(user=ada).order_by("-id")]
    assert listed(sessions, me) == mine
    Session.objects.filter(id=mine[0]).update(revoked_time=Now())
    Session.objects.filter(id=mine[1]).update(
        create_time=Now() - timedelta(days=31), expire_time=Now()
    )
    assert listed(sessions, me) == mine[2:]


def test_pages_run_through_all_sessions_and_their_tokens_are_the_users_own(
    sessions: SessionServiceStub, ada: User, me: Metadata
) -> None:
    for _ in range(4):
        begin_session(user=ada)
    seen: list[str] = []
    token = ""
    while not seen or token:
        request = pb.ListSessionsRequest(page_size=2, page_token=token)
        page = sessions.ListSessions(request, metadata=me)
        seen += [session.id for session in page.sessions]
        token = page.next_page_token
    assert seen == listed(sessions, me)
    bob = as_user(begin_session(user=an_account("bob")).access_token)
    first = sessions.ListSessions(pb.ListSessionsRequest(page_size=2), metadata=me)
    others = pb.ListSessionsRequest(page_token=first.next_page_token)
    assert error_of(sessions.ListSessions, others, bob).reason == "PAGE_TOKEN_INVALID"


def test_a_revoked_session_has_ended_and_no_other(
    sessions: SessionServiceStub, ada: User, me: Metadata
) -> None:
    tokens = [begin_session(user=ada).refresh_token for _ in range(2)]
    request = pb.RevokeSessionRequest(session_id=listed(sessions, me)[0])
    sessions.RevokeSession(request, metadata=me)
    assert ended(sessions, tokens[1])
    assert sessions.RefreshToken(pb.RefreshTokenRequest(refresh_token=tokens[0])).access_token
    assert error_of(sessions.RevokeSession, request, me).reason == "SESSION_NOT_FOUND"


def test_anothers_session_is_not_there_to_revoke(
    sessions: SessionServiceStub, me: Metadata
) -> None:
    token = begin_session(user=an_account("bob")).refresh_token
    bobs = Session.objects.latest("id").id
    for session_id in (bobs, uuid4()):
        request = pb.RevokeSessionRequest(session_id=str(session_id))
        assert error_of(sessions.RevokeSession, request, me).reason == "SESSION_NOT_FOUND"
    assert sessions.RefreshToken(pb.RefreshTokenRequest(refresh_token=token)).access_token


def test_all_sessions_end_at_once_and_others_do_not(
    sessions: SessionServiceStub, ada: User, me: Metadata
) -> None:
    mine = [begin_session(user=ada).refresh_token for _ in range(2)]
    bobs = begin_session(user=an_account("bob")).refresh_token
    for _ in range(2):
        sessions.RevokeAllSessions(pb.RevokeAllSessionsRequest(), metadata=me)
    assert all(ended(sessions, token) for token in mine)
    assert sessions.RefreshToken(pb.RefreshTokenRequest(refresh_token=bobs)).access_token


def test_sessions_of_a_locked_account_are_ended_and_so_not_listed(
    sessions: SessionServiceStub, ada: User
) -> None:
    begin_session(user=ada)
    lock(ada)
    again = begin_session(user=unlock(ada))
    assert len(listed(sessions, as_user(again.access_token))) == 1


@pytest.mark.parametrize("request_", [{"page_size": -1}, {"page_size": 201}])
def test_a_page_has_its_bounds(
    sessions: SessionServiceStub, me: Metadata, request_: dict[str, int]
) -> None:
    error = error_of(sessions.ListSessions, pb.ListSessionsRequest(**request_), me)  # type: ignore[arg-type]  # ints only
    assert error.reason == "REQUEST_INVALID"


def test_session_ids_are_uuids(sessions: SessionServiceStub, me: Metadata) -> None:
    assert UUID(listed(sessions, me)[0]).version == 7
    error = error_of(sessions.RevokeSession, pb.RevokeSessionRequest(session_id="7"), me)
    assert error.reason == "REQUEST_INVALID"
