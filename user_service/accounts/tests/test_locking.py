"""LockUser and UnlockUser as staff and the locked person see them."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from market.user.v1 import session_pb2
from market.user.v1 import user_pb2 as pb
from market.user.v1.session_pb2_grpc import SessionServiceStub
from market.user.v1.user_pb2_grpc import UserServiceStub
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import TestKeys, as_user, error_of
from user_service.accounts import actions
from user_service.accounts.models import User
from user_service.tests.accounts import PASSWORD, a_staff_account, an_account, itself

TokenOf = Callable[..., Metadata]


@pytest.fixture
def token_of(keys: TestKeys) -> TokenOf:
    """Makes the metadata of a call with an access token that the account is given now."""

    def token(user: User, *scopes: str) -> Metadata:
        version = {"token_version": user.token_version}
        return as_user(keys.token(str(user.id), *scopes, now=time.time(), **version))

    return token


def lock(users: UserServiceStub, user: User, staff: Metadata) -> Any:
    return users.LockUser(pb.LockUserRequest(user_id=str(user.id)), metadata=staff).user


def unlock(users: UserServiceStub, user: User, staff: Metadata) -> Any:
    return users.UnlockUser(pb.UnlockUserRequest(user_id=str(user.id)), metadata=staff).user


def login(password: str = PASSWORD) -> session_pb2.CreateTokenRequest:
    return session_pb2.CreateTokenRequest(username="ada", password=password)


def test_a_locked_account_can_not_sign_in_and_its_sessions_have_ended(
    users: UserServiceStub, sessions: SessionServiceStub, staff: Metadata
) -> None:
    ada = an_account()
    token = sessions.CreateToken(login()).refresh_token
    assert lock(users, ada, staff).HasField("lock_time")
    refresh = session_pb2.RefreshTokenRequest(refresh_token=token)
    assert error_of(sessions.RefreshToken, refresh).reason == "REFRESH_TOKEN_INVALID"
    assert error_of(sessions.CreateToken, login()).reason == "ACCOUNT_LOCKED"


def test_only_who_knows_the_password_is_told_of_the_lock(
    users: UserServiceStub, sessions: SessionServiceStub, staff: Metadata
) -> None:
    lock(users, an_account(), staff)
    assert error_of(sessions.CreateToken, login("a guess")).reason == "CREDENTIALS_INVALID"


def test_an_unlocked_account_signs_in_anew(
    users: UserServiceStub, sessions: SessionServiceStub, staff: Metadata
) -> None:
    ada = an_account()
    token = sessions.CreateToken(login()).refresh_token
    lock(users, ada, staff)
    assert not unlock(users, ada, staff).HasField("lock_time")
    refresh = session_pb2.RefreshTokenRequest(refresh_token=token)
    assert error_of(sessions.RefreshToken, refresh).reason == "REFRESH_TOKEN_INVALID"
    assert sessions.CreateToken(login()).access_token


def test_a_repeat_of_either_changes_nothing(users: UserServiceStub, staff: Metadata) -> None:
    ada = an_account()
    assert lock(users, ada, staff) == lock(users, ada, staff)
    assert unlock(users, ada, staff) == unlock(users, ada, staff)


def test_an_unknown_user_is_not_found(users: UserServiceStub, staff: Metadata) -> None:
    user_id = str(uuid4())
    for call, request in (
        (users.LockUser, pb.LockUserRequest(user_id=user_id)),
        (users.UnlockUser, pb.UnlockUserRequest(user_id=user_id)),
    ):
        assert error_of(call, request, staff).reason == "USER_NOT_FOUND"


def test_a_locked_person_s_token_is_refused_within_seconds_whatever_it_asks_for(
    users: UserServiceStub, sessions: SessionServiceStub, staff: Metadata, token_of: TokenOf
) -> None:
    ada = an_account()
    mine = token_of(ada)
    me = pb.GetUserRequest(user_id="me")
    assert users.GetUser(me, metadata=mine).user.id == str(ada.id)
    lock(users, ada, staff)
    refused_within_seconds(lambda: users.GetUser(me, metadata=mine))
    new_name = pb.UpdateUserRequest(
        user=pb.User(id="me", full_name="M"), update_mask=FieldMask(paths=["full_name"])
    )
    for rpc, request in (
        (users.UpdateUser, new_name),
        (users.DeleteUser, pb.DeleteUserRequest(user_id="me")),
        (sessions.ListSessions, session_pb2.ListSessionsRequest()),
    ):
        assert error_of(rpc, request, mine).reason == "TOKEN_INVALID"
    unlock(users, ada, staff)
    assert error_of(users.GetUser, me, mine).reason == "TOKEN_INVALID"
    ada.refresh_from_db()
    assert users.GetUser(me, metadata=token_of(ada)).user.id == str(ada.id)


def test_a_locked_member_of_staff_locks_and_unlocks_nobody(
    users: UserServiceStub, staff: Metadata, token_of: TokenOf
) -> None:
    chief, ada = a_staff_account("users.write", name="chief"), an_account()
    his = token_of(chief, "users.write")
    assert lock(users, ada, his).HasField("lock_time")
    lock(users, chief, staff)
    refused_within_seconds(lambda: lock(users, ada, his))
    for rpc, request in (
        (users.UnlockUser, pb.UnlockUserRequest(user_id=str(chief.id))),
        (users.LockUser, pb.LockUserRequest(user_id=str(ada.id))),
    ):
        assert error_of(rpc, request, his).reason == "TOKEN_INVALID"
    chief.refresh_from_db()
    assert chief.lock_time is not None


def test_nobody_unlocks_its_own_account_however_good_its_token(
    users: UserServiceStub, keys: TestKeys
) -> None:
    boss = a_staff_account()
    token = keys.token(str(boss.id), "users.write", now=time.time(), token_version=9)
    for _ in range(2):
        error = error_of(
            users.UnlockUser, pb.UnlockUserRequest(user_id=str(boss.id)), as_user(token)
        )
        assert (error.code, error.reason) == (7, "OWN_ACCOUNT")
        actions.lock_user(user_id=boss.id, by=itself(boss))


def refused_within_seconds(ask: Callable[[], object]) -> None:
    deadline = time.monotonic() + 5
    while True:
        try:
            ask()
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.UNAUTHENTICATED:
                return
            # Of its scopes, a locked member of staff has none any more, and at once.
            assert error.code() == grpc.StatusCode.PERMISSION_DENIED  # noqa: PT017  # it comes late
        assert time.monotonic() < deadline
        time.sleep(0.05)
