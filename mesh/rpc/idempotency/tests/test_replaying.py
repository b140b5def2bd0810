"""What a caller sees of a request that was answered before."""

from dataclasses import replace
from typing import Any

import grpc
import pytest
from django_grpc_framework.services import Service

from mesh.context import serving_now
from mesh.rpc.definition import RpcDefinition
from mesh.rpc.idempotency.once import once
from mesh.rpc.metadata import REPLAYED
from mesh.testing.servers import error_of, serving
from mesh.tests.toy.contract import NAME, RepeatRequest, SayResponse, Toy

pytestmark = pytest.mark.django_db(transaction=True)


class Counting(Toy):
    """Says how often it has done what it was asked."""

    done = 0

    def Repeat(self, request: Any, context: grpc.ServicerContext) -> Any:
        def run() -> Any:
            Counting.done += 1
            return SayResponse(said=str(Counting.done))

        return once(request, run)


def repeat(channel: grpc.Channel) -> Any:
    return channel.unary_unary(
        f"/{NAME}/Repeat",
        request_serializer=RepeatRequest.SerializeToString,
        response_deserializer=SayResponse.FromString,
    )


def test_a_repeat_is_answered_the_same_and_says_so(wiring: RpcDefinition) -> None:
    serves: dict[str, type[Service]] = {NAME: Counting}
    request = RepeatRequest(what="pay", request_id="r1")
    with serving(replace(wiring, serves=serves)) as (_, channel):
        first, call = repeat(channel).with_call(request, timeout=5)
        assert REPLAYED not in dict(call.trailing_metadata())
        second, call = repeat(channel).with_call(request, timeout=5)
        assert (second, dict(call.trailing_metadata())[REPLAYED]) == (first, "1")
        other = error_of(repeat(channel), RepeatRequest(what="else", request_id="r1"))
        assert other.reason == "REQUEST_ID_REUSED"


class Knowing(Toy):
    """Knows a repeat by rows of its own; here every request is one."""

    def Repeat(self, request: Any, context: grpc.ServicerContext) -> Any:
        serving_now().replayed = True
        return SayResponse(said="as it is now")


def test_a_repeat_that_a_servicer_finds_itself_says_so(wiring: RpcDefinition) -> None:
    finding: dict[str, type[Service]] = {NAME: Knowing}
    with serving(replace(wiring, serves=finding)) as (_, channel):
        said, call = repeat(channel).with_call(
            RepeatRequest(what="pay", request_id="r1"), timeout=5
        )
        assert said.said == "as it is now"
        assert (REPLAYED, "1") in call.trailing_metadata()
