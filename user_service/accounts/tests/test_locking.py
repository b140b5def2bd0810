"""LockUser and UnlockUser as staff and the locked person see them."""

from typing import Any
from uuid import uuid4

from market.user.v1 import session_pb2
from market.user.v1 import user_pb2 as pb
from market.user.v1.session_pb2_grpc import SessionServiceStub
from market.user.v1.user_pb2_grpc import UserServiceStub
from mesh.outgoing import Metadata
from mesh.testing import error_of
from user_service.accounts.models import User
from user_service.tests.accounts import PASSWORD, an_account


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
