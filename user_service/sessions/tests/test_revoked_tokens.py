"""ListRevokedTokens: whose tokens were revoked, by what, and how the list is read on."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from market.user.v1 import session_pb2 as pb
from market.user.v1.session_pb2_grpc import SessionServiceStub
from mesh.auth.tokens import REVOCATIONS_KEPT_S
from mesh.db.sql import rows
from mesh.testing.servers import as_service, as_user, error_of
from user_service.accounts import actions, passwords
from user_service.accounts.models import User
from user_service.sessions import revoked_tokens
from user_service.sessions.actions import begin_session
from user_service.sessions.revoked_tokens import OVERLAP, revoked_since
from user_service.tests.accounts import a_staff_account, an_account, erase, itself, lock, unlock

pytestmark = pytest.mark.django_db(transaction=True)


def set_password(user: User) -> None:
    new = passwords.hashed("another good password", username="", email="", full_name="")
    actions.set_password(user_id=user.id, password_hash=new)


def rename(user: User) -> None:
    actions.update_user(
        user_id=user.id,
        etag="",
        values={"full_name": "A."},
        by=itself(user),
        reauthentication_token="",
    )


def lock_and_unlock(user: User) -> None:
    lock(user)
    User.objects.update(tokens_revoked_time=None)
    unlock(user)


def pages(sync_token: str = "") -> list[UUID]:
    """All that comes, to the end."""
    page = revoked_since(sync_token)
    found = [UUID(one.user_id) for one in page.revoked]
    return found + (pages(page.sync_token) if page.more else [])


def time_passes(by: timedelta) -> None:
    """For what was revoked until now."""
    User.objects.update(tokens_revoked_time=F("tokens_revoked_time") - by)


@pytest.mark.parametrize("act", [lock, erase, set_password])
def test_what_ends_an_account_s_sessions_revokes_its_tokens(act: Callable[[User], None]) -> None:
    ada = an_account()
    an_account("bob")
    before = ada.token_version
    act(ada)
    (one,) = revoked_since("").revoked
    assert (one.user_id, one.token_version) == (str(ada.id), before + 1)


@pytest.mark.parametrize("act", [rename, lock_and_unlock, lambda user: begin_session(user=user)])
def test_nothing_else_does(act: Callable[[User], None]) -> None:
    act(an_account())
    assert pages() == []


def test_what_no_token_can_be_old_enough_for_is_not_listed() -> None:
    ada, bob = an_account(), an_account("bob")
    lock(ada)
    time_passes(timedelta(seconds=REVOCATIONS_KEPT_S))
    lock(bob)
    assert pages() == [bob.id]


def test_the_list_is_read_on_from_where_the_answer_before_ended() -> None:
    ada, bob = an_account(), an_account("bob")
    lock(ada)
    time_passes(OVERLAP * 2)
    first = revoked_since("")
    assert [one.user_id for one in first.revoked] == [str(ada.id)]
    assert pages(first.sync_token) == []
    lock(bob)
    assert pages(first.sync_token) == [bob.id]


def test_one_that_is_committed_after_a_later_one_was_read_is_not_missed() -> None:
    ada, bob = an_account(), an_account("bob")
    with transaction.atomic():
        lock(ada)  # its time is that of this transaction's begin
        early = User.objects.get(id=ada.id).tokens_revoked_time
        transaction.set_rollback(True)
    lock(bob)
    page = revoked_since("")
    assert [one.user_id for one in page.revoked] == [str(bob.id)]
    User.objects.filter(id=ada.id).update(tokens_revoked_time=early)
    assert ada.id in pages(page.sync_token)


def test_a_long_list_comes_in_pages_also_where_all_were_revoked_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(revoked_tokens, "MOST", 2)
    people = [an_account(f"ada-{number}") for number in range(5)]
    User.objects.update(tokens_revoked_time=Now(), token_version=2)
    assert pages() == sorted(user.id for user in people)


def test_it_is_for_services_and_answers_them_whole(
    sessions: SessionServiceStub,
) -> None:
    ada = an_account()
    lock(ada)
    request = pb.ListRevokedTokensRequest()
    for service in ("edge_api", "order_service", "payment_service", "user_service"):
        answer = sessions.ListRevokedTokens(request, metadata=as_service(service))
        assert [one.user_id for one in answer.revoked_tokens] == [str(ada.id)]
        assert (bool(answer.sync_token), answer.more) == (True, False)
    staff = as_user(begin_session(user=a_staff_account()).access_token)
    assert error_of(sessions.ListRevokedTokens, request, staff).reason == "NOT_ADMITTED"


def test_a_made_up_sync_token_is_refused(sessions: SessionServiceStub) -> None:
    request = pb.ListRevokedTokensRequest(sync_token="made up")
    error = error_of(sessions.ListRevokedTokens, request, as_service("edge_api"))
    assert error.reason == "PAGE_TOKEN_INVALID"


def test_reading_it_uses_its_index_and_so_costs_the_same_however_many_accounts_there_are() -> None:
    for token in ("", revoked_since("").sync_token):
        plan = rows(f"EXPLAIN {revoked_tokens._REVOKED_SINCE}", revoked_tokens._values(token))
        assert "accounts_user_tokens_revoked" in str(plan)
