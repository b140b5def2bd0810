"""Callers of a deprecated RPC are told until when it is served, and counted."""

from datetime import UTC, datetime
from typing import Any

import grpc
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool
from prometheus_client import REGISTRY

from market.batch.v1 import batch_pb2
from market.options.v1 import options_pb2
from mesh.contract.model import Contract, ContractError
from mesh.rpc.batching import envelope
from mesh.testing.servers import as_service, error_of
from mesh.tests.toy.contract import DESCRIPTORS, NAME, SayRequest, SayResponse


def rpc(channel: grpc.Channel, name: str) -> "grpc.UnaryUnaryMultiCallable[object, object]":
    return channel.unary_unary(
        f"/{NAME}/{name}",
        request_serializer=SayRequest.SerializeToString,
        response_deserializer=SayResponse.FromString,
    )


def calls_by(caller: str, name: str) -> float:
    labels = {"rpc_method": f"{NAME}/{name}", "caller": caller}
    return REGISTRY.get_sample_value("rpc_server_deprecated_calls_total", labels) or 0


def test_a_deprecated_rpc_says_so_in_its_trailers(bare: grpc.Channel) -> None:
    said, call = rpc(bare, "Old").with_call(SayRequest(what="hi"), timeout=5)
    trailers = dict(call.trailing_metadata())
    assert said.said == "hi"  # type: ignore[attr-defined]  # a message of the toy
    assert trailers["deprecation"] == "@1767225600"
    assert trailers["sunset"] == "Fri, 01 Jan 9999 00:00:00 GMT"


def test_its_callers_in_a_batch_are_told_as_one_alone_is(bare: grpc.Channel) -> None:
    sent = batch_pb2.Call(request=SayRequest(what="hi").SerializeToString(), timeout_ms=5000)
    invoke = bare.unary_unary(
        envelope.CALL.path,
        request_serializer=batch_pb2.CallRequest.SerializeToString,
        response_deserializer=batch_pb2.CallResponse.FromString,
    )
    answer, call = invoke.with_call(
        batch_pb2.CallRequest(method=f"/{NAME}/Old", calls=[sent]),
        metadata=as_service("order_service"),
        timeout=5,
    )
    trailers = dict(call.trailing_metadata())
    assert SayResponse.FromString(answer.results[0].response).said == "hi"
    assert trailers["deprecation"] == "@1767225600"
    assert trailers["sunset"] == "Fri, 01 Jan 9999 00:00:00 GMT"


def test_its_callers_are_counted_by_service(bare: grpc.Channel) -> None:
    before = calls_by("friend", "Old")
    rpc(bare, "Old")(SayRequest(what="hi"), metadata=as_service("friend"), timeout=5)
    assert calls_by("friend", "Old") == before + 1


def test_after_the_sunset_calls_are_refused_where_the_contract_says_so(bare: grpc.Channel) -> None:
    error = error_of(rpc(bare, "Gone"), SayRequest(what="hi"))
    assert (error.code, error.reason) == (grpc.StatusCode.UNIMPLEMENTED.value[0], "RPC_SUNSET")
    assert "toy.v1.ToyService.Say" in error.detail
    assert calls_by("nobody", "Gone") >= 1


def test_the_sunset_is_the_first_moment_of_its_day() -> None:
    cycle = old().methods[f"/{NAME}/Old"].life_cycle
    assert cycle is not None
    sunset_s = datetime(9999, 1, 1, tzinfo=UTC).timestamp()
    assert (cycle.is_gone(sunset_s - 1), cycle.is_gone(sunset_s)) == (False, True)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"deprecated_since": ""}, "need each other"),
        ({"deprecated_since": "soon"}, "'soon' is no day"),
        ({"sunset": "2020-01-01"}, "not after"),
        ({"sunset": ""}, "needs a sunset"),
    ],
)
def test_a_life_cycle_that_contradicts_itself_refuses_the_contract(
    wrong: dict[str, str], why: str
) -> None:
    with pytest.raises(ContractError, match=why):
        old(**wrong)


def old(**changed: str) -> Contract:
    """Returns the toy contract, with another life cycle of the RPC Old."""
    files = descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTORS.read_bytes())
    method: Any
    (method,) = [one for one in files.file[-1].service[0].method if one.name == "Old"]
    for name, value in changed.items():
        setattr(method.options.Extensions[options_pb2.life_cycle], name, value)
    return Contract.from_descriptor_set(files.SerializeToString(), descriptor_pool.DescriptorPool())
