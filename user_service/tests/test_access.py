"""Every RPC, called by everybody: the contract's access rules as this service keeps them."""

import time
from collections.abc import Callable
from uuid import uuid4

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from market.user.v1 import credential_pb2, personal_data_pb2, session_pb2, totp_pb2, user_pb2
from mesh.contract.model import market_contract
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import TestKeys, as_service, as_user
from user_service.accounts.models import User
from user_service.sessions.actions import begin_session
from user_service.sessions.models import Session
from user_service.tests.accounts import PASSWORD, a_staff_account, an_account, proof

OK, HIDDEN, SIGN_IN, NOT_YOURS = "OK", "NOT_FOUND", "UNAUTHENTICATED", "PERMISSION_DENIED"
MADE_UP, NOT_ON = "INVALID_ARGUMENT", "FAILED_PRECONDITION"
SCOPES = "users.read", "users.write", "users.export"
CALLERS = "nobody", "owner", "another", "staff", "order_service", "edge_api"
EVERYBODY = dict.fromkeys(CALLERS, OK)
OWN = {"nobody": SIGN_IN, "owner": OK, "another": HIDDEN, "staff": OK, "edge_api": SIGN_IN}
STAFF = {"nobody": SIGN_IN, "owner": NOT_YOURS, "another": NOT_YOURS, "staff": OK}
SELF = {"nobody": SIGN_IN, "owner": OK, "order_service": SIGN_IN, "edge_api": SIGN_IN}
# The other user has no account.
SIGNED_IN = SELF | {"another": OK, "staff": OK}
ACCOUNT = SELF | {"another": HIDDEN, "staff": OK}
# Its own pages for staff make codes; those of others are admitted, but their code is made up.
CODES = dict.fromkeys(CALLERS, NOT_YOURS) | {"nobody": SIGN_IN}
METHODS = {method.name: method for method in market_contract().served_by("user_service")}
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
    "ListRevokedTokens": dict.fromkeys(CALLERS, NOT_YOURS)
    | {"nobody": SIGN_IN, "order_service": OK, "edge_api": OK},
    "CreateAuthorizationCode": CODES,
    "ExchangeAuthorizationCode": CODES | {"order_service": SIGN_IN},
    "LockUser": STAFF | {"order_service": SIGN_IN, "edge_api": SIGN_IN},
    "UnlockUser": STAFF | {"order_service": SIGN_IN, "edge_api": SIGN_IN},
    "ListSessions": SIGNED_IN,
    "RevokeSession": ACCOUNT | {"staff": HIDDEN},
    "RevokeAllSessions": SIGNED_IN,
    "VerifyEmail": dict.fromkeys(CALLERS, MADE_UP),
    "RequestEmailVerification": ACCOUNT,
    "RequestPasswordReset": EVERYBODY,
    "ConfirmPasswordReset": dict.fromkeys(CALLERS, MADE_UP),
    "ChangePassword": ACCOUNT,
    "BeginTotp": ACCOUNT,
    "ConfirmTotp": ACCOUNT | {"owner": NOT_ON, "staff": NOT_ON},
    "DisableTotp": ACCOUNT | {"owner": NOT_ON, "staff": NOT_ON},
    "Reauthenticate": ACCOUNT,
    "ExportUserData": OWN | {"order_service": SIGN_IN},
}


def request_for(rpc: str, user: User, asker: User) -> Message:
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
        "DeleteUser": user_pb2.DeleteUserRequest(
            user_id=user_id, reauthentication_token=proof(asker)
        ),
        "CreateToken": session_pb2.CreateTokenRequest(username="ada", password=PASSWORD),
        "RefreshToken": session_pb2.RefreshTokenRequest(refresh_token="made up"),
        "RevokeToken": session_pb2.RevokeTokenRequest(refresh_token="made up"),
        "GetJwks": session_pb2.GetJwksRequest(),
        "ListRevokedTokens": session_pb2.ListRevokedTokensRequest(),
        "CreateAuthorizationCode": session_pb2.CreateAuthorizationCodeRequest(
            refresh_token="made up", code_challenge="A" * 43
        ),
        "ExchangeAuthorizationCode": session_pb2.ExchangeAuthorizationCodeRequest(
            code="made up", code_verifier="A" * 43
        ),
        "LockUser": user_pb2.LockUserRequest(user_id=user_id),
        "UnlockUser": user_pb2.UnlockUserRequest(user_id=user_id),
        "ListSessions": session_pb2.ListSessionsRequest(),
        "RevokeSession": session_pb2.RevokeSessionRequest(session_id=a_session(user)),
        "RevokeAllSessions": session_pb2.RevokeAllSessionsRequest(),
        "VerifyEmail": credential_pb2.VerifyEmailRequest(token="made up"),
        "RequestEmailVerification": credential_pb2.RequestEmailVerificationRequest(),
        "RequestPasswordReset": credential_pb2.RequestPasswordResetRequest(username="ada"),
        "ConfirmPasswordReset": credential_pb2.ConfirmPasswordResetRequest(
            token="made up", password=PASSWORD
        ),
        "ChangePassword": credential_pb2.ChangePasswordRequest(
            old_password=PASSWORD, new_password="another good password"
        ),
        "Reauthenticate": credential_pb2.ReauthenticateRequest(password=PASSWORD),
        "BeginTotp": totp_pb2.BeginTotpRequest(password=PASSWORD),
        "ConfirmTotp": totp_pb2.ConfirmTotpRequest(totp_code="123456"),
        "DisableTotp": totp_pb2.DisableTotpRequest(totp_code="123456"),
        "ExportUserData": personal_data_pb2.ExportUserDataRequest(user_id=user_id),
    }
    return requests[rpc]


def a_session(user: User) -> str:
    begin_session(user=user)
    return str(Session.objects.latest("id").id)


def credentials(caller: str, user: User, boss: User, keys: TestKeys) -> Metadata:
    if caller == "nobody":
        return ()
    if caller.endswith(("_service", "_api")):
        return as_service(caller)
    ids = {"owner": user.id, "another": uuid4(), "staff": boss.id}
    scopes = SCOPES if caller == "staff" else ()
    return as_user(keys.token(str(ids[caller]), *scopes, now=time.time()))


def outcome(call: Callable[..., object], request: Message, metadata: Metadata) -> str:
    try:
        call(request, metadata=metadata, timeout=5)
    except grpc.RpcError as error:
        return str(error.code().name)
    return OK


@pytest.mark.usefixtures("orders", "payments")
@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("rpc", EXPECTED)
def test_each_rpc_admits_whom_the_contract_admits(
    channel: grpc.Channel, keys: TestKeys, rpc: str, caller: str
) -> None:
    user, boss = an_account(), a_staff_account(*SCOPES)
    method = METHODS[rpc]
    call = channel.unary_unary(
        method.path,
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=method.response_class.FromString,
    )
    metadata = credentials(caller, user, boss, keys)
    request = request_for(rpc, user, boss if caller == "staff" else user)
    assert outcome(call, request, metadata) == EXPECTED[rpc][caller]


def test_no_rpc_is_left_out_above() -> None:
    assert set(METHODS) == set(EXPECTED)
