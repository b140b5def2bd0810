"""A caller is told the id under which the logs know its call, however that ends."""

import json
import logging
import sys
from collections.abc import Iterator
from io import StringIO
from typing import Any

import grpc
import pytest
import structlog

from mesh.rpc.metadata import REQUEST_ID
from mesh.telemetry import logs
from mesh.tests.toy.contract import NAME, SayRequest, SayResponse, WatchRequest, WatchResponse
from mesh.tests.toy.watching import THE_END, WATCH_RPC, happen

OWN_ID = ((REQUEST_ID, "asked-for-1"),)


@pytest.fixture
def written() -> Iterator[StringIO]:
    """What is logged meanwhile."""
    root, written = logging.getLogger(), StringIO()
    handlers, level = root.handlers, root.level
    logs.configure("toy")
    logs.HANDLER.setStream(written)
    yield written
    logs.HANDLER.setStream(sys.stdout)
    structlog.reset_defaults()
    root.handlers = handlers
    root.setLevel(level)


def outcomes(written: StringIO, request_id: str) -> list[str]:
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    of_call = [one for one in lines if one["request_id"] == request_id]
    return [one["outcome"] for one in of_call if one["event"] == "rpc"]


def say(channel: grpc.Channel, what: str, metadata: Any = ()) -> Any:
    """The call, once it is over."""
    invoke = channel.unary_unary(
        f"/{NAME}/Say",
        request_serializer=SayRequest.SerializeToString,
        response_deserializer=SayResponse.FromString,
    )
    call = invoke.future(SayRequest(what=what), timeout=5, metadata=metadata)
    call.exception()
    return call


def id_of(call: Any) -> str:
    return str(dict(call.trailing_metadata())[REQUEST_ID])


@pytest.mark.parametrize(
    ("what", "outcome"),
    [("hi", "OK"), ("domain", "OUT_OF_TOYS"), ("fail", "INTERNAL"), ("x" * 21, "REQUEST_INVALID")],
)
def test_an_answer_and_an_error_name_their_line_in_the_log(
    written: StringIO, bare: grpc.Channel, what: str, outcome: str
) -> None:
    call = say(bare, what)
    assert outcome in outcomes(written, id_of(call)), written.getvalue()


def test_each_call_has_an_id_of_its_own_or_the_caller_s(bare: grpc.Channel) -> None:
    assert id_of(say(bare, "hi")) != id_of(say(bare, "hi"))
    assert id_of(say(bare, "hi", OWN_ID)) == id_of(say(bare, "domain", OWN_ID)) == "asked-for-1"


@pytest.mark.django_db(transaction=True)
def test_a_stream_tells_it_when_it_ends(written: StringIO, bare: grpc.Channel) -> None:
    opened = bare.unary_stream(
        f"/{WATCH_RPC}",
        request_serializer=WatchRequest.SerializeToString,
        response_deserializer=WatchResponse.FromString,
    )
    happen("egg", THE_END)
    ended = opened(WatchRequest(thing="egg"), timeout=20)
    assert len(list(ended)) == 1
    assert "OK" in outcomes(written, id_of(ended))
    refused = opened(WatchRequest(thing="nothing"), timeout=20)
    assert refused.code() == grpc.StatusCode.NOT_FOUND
    assert outcomes(written, id_of(refused)) == ["NOT_FOUND"]
