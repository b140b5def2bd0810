"""Calls that come in one message: each gets what it would have got alone, and no more."""

import time
from uuid import uuid4

import grpc
import pytest
from google.protobuf.message import Message
from grpc_status import rpc_status

from market.batch.v1 import batch_pb2, batch_pb2_grpc
from market.user.v1 import user_pb2 as pb
from mesh.core.errors import RemoteError
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import TestKeys, as_service, as_user, error_of
from user_service.accounts.models import User
from user_service.tests.accounts import an_account, erase, lock

GET_USER = "/market.user.v1.UserService/GetUser"
HEARD_WITHIN_S = 30


@pytest.fixture
def batches(channel: grpc.Channel) -> batch_pb2_grpc.BatchServiceStub:
    return batch_pb2_grpc.BatchServiceStub(channel)


def a_call(user_id: object, token: str = "") -> batch_pb2.Call:
    request = pb.GetUserRequest(user_id=str(user_id)).SerializeToString()
    return batch_pb2.Call(request=request, user_token=token, timeout_ms=5000)


def outcome(result: batch_pb2.CallResult) -> str:
    if result.HasField("error"):
        return RemoteError(result.error).reason
    return pb.GetUserResponse.FromString(result.response).user.id


def alone(channel: grpc.Channel, call: batch_pb2.Call, peer: str) -> str:
    """What the RPC itself answers this call."""
    token = as_user(call.user_token) if call.user_token else ()
    get_user = channel.unary_unary(
        GET_USER,
        request_serializer=bytes,
        response_deserializer=pb.GetUserResponse.FromString,
    )
    try:
        response = get_user(call.request, metadata=(*as_service(peer), *token), timeout=5)
    except grpc.RpcError as error:
        status = rpc_status.from_call(error)  # type: ignore[arg-type]  # it is a call too
        assert status is not None
        return RemoteError(status).reason
    return str(response.user.id)


def token_of(user: User, keys: TestKeys, *scopes: str) -> str:
    return keys.token(str(user.id), *scopes, now=time.time(), token_version=user.token_version)


@pytest.mark.parametrize("peer", ["edge_api", "order_service"])
def test_each_call_gets_what_it_would_get_alone(
    batches: batch_pb2_grpc.BatchServiceStub,
    channel: grpc.Channel,
    keys: TestKeys,
    peer: str,
) -> None:
    ada, bob, locked, erased = (an_account(name) for name in ("ada", "bob", "cyd", "dan"))
    tokens = {user.id: token_of(user, keys) for user in (ada, bob, locked, erased)}
    lock(locked)
    erase(erased)
    until = time.monotonic() + HEARD_WITHIN_S
    for gone in (locked, erased):  # the service hears of revocations each second
        while alone(channel, a_call("me", tokens[gone.id]), peer) != "TOKEN_INVALID":
            assert time.monotonic() < until
    staff = token_of(ada, keys, "users.read")
    calls = {
        "its own": (a_call(ada.id, tokens[ada.id]), str(ada.id)),
        "me": (a_call("me", tokens[bob.id]), str(bob.id)),
        "nobody named": (a_call("", tokens[bob.id]), ""),
        "staff, another's": (a_call(bob.id, staff), str(bob.id)),
        "staff, a locked one's": (a_call(locked.id, staff), str(locked.id)),
        "staff, an erased one's": (a_call(erased.id, staff), "USER_NOT_FOUND"),
        "staff, absent": (a_call(uuid4(), staff), "USER_NOT_FOUND"),
        "a locked caller": (a_call(locked.id, tokens[locked.id]), "TOKEN_INVALID"),
        "an erased caller": (a_call("me", tokens[erased.id]), "TOKEN_INVALID"),
        "a forged token": (a_call("me", token_of(ada, TestKeys())), "TOKEN_INVALID"),
        "no id": (a_call("7", staff), "REQUEST_INVALID"),
        "no message": (batch_pb2.Call(request=b"\xff", user_token=staff, timeout_ms=99), ""),
        "no time": (batch_pb2.Call(user_token=staff, timeout_ms=0), ""),
        "foreign": (a_call(bob.id, tokens[ada.id]), ""),
        "without a token": (a_call(ada.id), ""),
    }
    order_service = {"foreign": str(bob.id), "without a token": str(ada.id)}
    edge = {"foreign": "NOT_FOUND", "without a token": "TOKEN_MISSING"}
    request = batch_pb2.CallRequest(method=GET_USER, calls=[call for call, _ in calls.values()])
    response = batches.Call(request, metadata=as_service(peer), timeout=10)
    outcomes = dict(zip(calls, map(outcome, response.results), strict=True))
    expected = {name: text for name, (_, text) in calls.items() if text}
    expected |= edge if peer == "edge_api" else order_service
    assert {name: outcomes[name] for name in expected} == expected
    # Which of the two depends on how long the batch waited for its thread.
    assert outcomes["no time"] in {"DEADLINE_EXCEEDED", "SERVICE_UNAVAILABLE"}
    same = {
        name: alone(channel, call, peer) for name, (call, _) in calls.items() if name != "no time"
    }
    assert {name: outcomes[name] for name in same} == same


def test_a_batch_from_anybody_but_a_peer_is_refused(
    batches: batch_pb2_grpc.BatchServiceStub, keys: TestKeys, staff: Metadata
) -> None:
    ada = an_account()
    own = token_of(ada, keys)
    request = batch_pb2.CallRequest(method=GET_USER, calls=[a_call(ada.id, own)])
    refused: dict[str, Metadata] = {
        "TOKEN_MISSING": (),
        "NOT_ADMITTED": as_service("stranger"),
        "TOKEN_INVALID": (("x-mesh-identity", own),),
    }
    for reason, metadata in refused.items():
        assert error_of(batches.Call, request, metadata).reason == reason
    for metadata in (staff, as_user(own)):
        assert error_of(batches.Call, request, metadata).reason == "NOT_ADMITTED"


def test_a_token_of_the_message_itself_gives_its_calls_nothing(
    batches: batch_pb2_grpc.BatchServiceStub, staff: Metadata
) -> None:
    request = batch_pb2.CallRequest(method=GET_USER, calls=[a_call(an_account().id)])
    response = batches.Call(request, metadata=(*as_service("edge_api"), *staff), timeout=5)
    assert [outcome(result) for result in response.results] == ["TOKEN_MISSING"]


@pytest.mark.parametrize("method", ["ListUsers", "DeleteUser", "Nothing", ""])
def test_only_what_the_contract_names_is_called_in_batches(
    batches: batch_pb2_grpc.BatchServiceStub, method: str
) -> None:
    path = GET_USER.replace("GetUser", method)
    request = batch_pb2.CallRequest(method=path, calls=[a_call("me")])
    assert error_of(batches.Call, request, as_service("edge_api")).reason == "UNIMPLEMENTED"


def test_a_batch_has_its_bounds(batches: batch_pb2_grpc.BatchServiceStub) -> None:
    for calls in ([], [a_call("me")] * 65):
        request: Message = batch_pb2.CallRequest(method=GET_USER, calls=calls)
        assert error_of(batches.Call, request, as_service("edge_api")).reason == "REQUEST_INVALID"
