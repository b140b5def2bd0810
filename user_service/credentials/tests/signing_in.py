"""Signing in with one password or another."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from market.user.v1 import credential_pb2 as pb
from market.user.v1 import session_pb2
from market.user.v1.session_pb2_grpc import SessionServiceStub
from mesh.testing.servers import error_of
from user_service.tests.accounts import PASSWORD

NEW = "a horse of another colour"


def sign_in(sessions: SessionServiceStub, password: str) -> Any:
    request = session_pb2.CreateTokenRequest(username="ada", password=password)
    return sessions.CreateToken(request)


def refused(sessions: SessionServiceStub, password: str) -> bool:
    request = session_pb2.CreateTokenRequest(username="ada", password=password)
    return error_of(sessions.CreateToken, request).reason == "CREDENTIALS_INVALID"


def ended(sessions: SessionServiceStub, refresh_token: str) -> bool:
    request = session_pb2.RefreshTokenRequest(refresh_token=refresh_token)
    return error_of(sessions.RefreshToken, request).reason == "REFRESH_TOKEN_INVALID"


def winners(call: Callable[[int], Any]) -> int:
    """How many of four calls at once succeed."""
    together = threading.Barrier(4)

    def at_once(number: int) -> bool:
        together.wait()
        return call(number).exception() is None

    with ThreadPoolExecutor(4) as pool:
        return sum(pool.map(at_once, range(4)))


def change(old: str = PASSWORD, new: str = NEW) -> pb.ChangePasswordRequest:
    return pb.ChangePasswordRequest(old_password=old, new_password=new)
