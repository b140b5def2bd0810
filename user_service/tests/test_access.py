"""Every RPC, called by everybody: the contract's access rules as this service keeps them."""

import time
from collections.abc import Callable
from uuid import uuid4

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from market.user.v1 import session_pb2, user_pb2
from market.user.v1.session_pb2_grpc import SessionServiceStub
from market.user.v1.user_pb2_grpc import UserServiceStub
from mesh.outgoing import Metadata
from mesh.testing import TestKeys, as_service, as_user
from user_service.accounts.models import User
from user_service.tests.accounts import PASSWORD, an_account

OK, HIDDEN, SIGN_IN, NOT_YOURS = "OK", "NOT_FOUND", "UNAUTHENTICATED", "PERMISSION_DENIED"
CALLERS = "nobody", "owner", "another", "staff", "order_service", "edge_api"
EVERYBODY = dict.fromkeys(CALLERS, OK)
OWN = {"nobody": SIGN_IN, "owner": OK, "another": HIDDEN, "staff": OK, "edge_api": SIGN_IN}
STAFF = {"nobody": SIGN_IN, "owner": NOT_YOURS, "another": NOT_YOURS, "staff": OK}
EXPECTED: dict[str, dict[str, str]] = {
    "CreateUser": EVERYBODY,
    "GetUser": OWN | {"order_service": OK},
    "BatchGetUsers": STAFF | {"order_service": OK, "edge_api": SIGN_IN},
    "ListUsers": STAFF | {"order_service": SIGN_IN, "edge_api": SIGN_IN},
    "UpdateUser": OWN | {"order_service": SIGN_IN},
    "DeleteUser": OWN | {"order_service": SIGN_IN},
    "CreateToken": EVERYBODY,
    "RefreshToken": dict.fromkeys(CALLERS, SIGN_IN),  # admitted, but the token is made up
    "RevokeToken": EVERYBODY,
    "GetJwks": EVERYBODY,
}


def request_for(rpc: str, user: User) -> Message:
    """A request that is well-formed, about `user`."""
    user_id = str(user.id)
    requests: dict[str, Message] = {
        "CreateUser": user_pb2.CreateUserRequest(
            username="new-one", email="new@people.example", password=PASSWORD
        ),
        "GetUser": user_pb2.GetUserRequest(user_id=user_id),
        "BatchGetUsers": user_pb2.BatchGetUsersRequest(user_ids=[user_id]),
        "ListUsers": user_pb2.ListUsersRequest(),
        "UpdateUser": user_pb2.UpdateUserRequest(
            user=user_pb2.User(id=user_id, full_name="A"),
            update_mask=FieldMask(paths=["full_name"]),
        ),
        "DeleteUser": user_pb2.DeleteUserRequest(user_id=user_id),
        "CreateToken": session_pb2.CreateTokenRequest(username="ada", password=PASSWORD),
        "RefreshToken": session_pb2.RefreshTokenRequest(refresh_token="made up"),
        "RevokeToken": session_pb2.RevokeTokenRequest(refresh_token="made up"),
        "GetJwks": session_pb2.GetJwksRequest(),
    }
    return requests[rpc]


def credentials(caller: str, user: User, keys: TestKeys) -> Metadata:
    if caller == "nobody":
        return ()
    if caller.endswith(("_service", "_api")):
        return as_service(caller)
    user_id = str(user.id) if caller == "owner" else str(uuid4())
    scopes = ["users.read", "users.write"] if caller == "staff" else []
    return as_user(keys.token(user_id, *scopes, now=time.time()))


def outcome(call: Callable[..., object], request: Message, metadata: Metadata) -> str:
    try:
        call(request, metadata=metadata, timeout=5)
    except grpc.RpcError as error:
        return str(error.code().name)
    return OK


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("rpc", EXPECTED)
def test_each_rpc_admits_whom_the_contract_admits(
    users: UserServiceStub, sessions: SessionServiceStub, keys: TestKeys, rpc: str, caller: str
) -> None:
    user = an_account()
    metadata = credentials(caller, user, keys)
    call = getattr(users, rpc, None) or getattr(sessions, rpc)
    assert outcome(call, request_for(rpc, user), metadata) == EXPECTED[rpc][caller]


def test_no_rpc_is_left_out_above() -> None:
    served = {
        method.name
        for file in (user_pb2, session_pb2)
        for service in file.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    }
    assert served == set(EXPECTED)
