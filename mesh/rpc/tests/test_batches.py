"""Calls of many threads through the kit's channel to a real server that takes batches."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.rpc import code_pb2
from prometheus_client import REGISTRY
from pytest_django import Settings

from market.batch.v1 import batch_pb2
from mesh.context import Call, serving
from mesh.core import config
from mesh.core.errors import RemoteError
from mesh.rpc import metadata as call_metadata
from mesh.rpc.batching import envelope
from mesh.rpc.batching.envelope import CALL
from mesh.rpc.client import channel, unary
from mesh.rpc.interceptors.authentication import service_tokens
from mesh.telemetry import tracing
from mesh.telemetry.spans import Kind
from mesh.telemetry.tests.conftest import Kept
from mesh.testing.servers import TestKeys
from mesh.tests.toy.contract import NAME, MineRequest, SayResponse

USERS = [f"01890a5d-ac96-774b-bcce-b302099a80{number}" for number in range(10, 18)]
MINE, BATCH = f"{NAME}/Mine", "market.batch.v1.BatchService/Call"
AT_ONCE_S = 30


@pytest.fixture
def as_peer(toy_server: None, settings: Settings) -> None:
    """The caller is a service that may send batches to the toy."""
    settings.SERVICE = "order_service"


@pytest.fixture
def recorder() -> Iterator[Kept]:
    kept = Kept()
    tracing.enable(kept)
    yield kept
    tracing.disable()


def batched() -> float:
    """How many calls came in batches so far."""
    labels = {"rpc_method": MINE}
    return REGISTRY.get_sample_value("rpc_server_batch_calls_sum", labels) or 0


def ask(token: str, user_id: str) -> str:
    invoke = channel("toy").unary_unary(
        f"/{MINE}",
        request_serializer=MineRequest.SerializeToString,
        response_deserializer=SayResponse.FromString,
    )
    call = Call("m", f"for-{user_id}", time.monotonic() + AT_ONCE_S, user_token=token)
    with serving(call), tracing.span("asks", Kind.SERVER, parent=""):
        try:
            said: Any = invoke(MineRequest(user_id=user_id))
        except RemoteError as error:
            return error.reason
        return str(said.said)


def ask_until_some_travel_together(keys: TestKeys) -> list[tuple[str, str]]:
    """Asks for each user's own and for another's; returns what was due and what came."""
    tokens = {user: keys.token(user, now=time.time()) for user in USERS}
    wanted = [(user, user, user) for user in USERS] + [
        (user, other, "NOT_FOUND") for user, other in zip(USERS, reversed(USERS), strict=True)
    ]
    outcomes: list[tuple[str, str]] = []
    before, until = batched(), time.monotonic() + AT_ONCE_S
    with ThreadPoolExecutor(len(USERS)) as threads:
        while batched() == before:
            assert time.monotonic() < until
            asked = [threads.submit(ask, tokens[user], whose) for user, whose, _ in wanted]
            due = [each for _, _, each in wanted]
            outcomes += zip(due, [each.result() for each in asked], strict=True)
    return outcomes


@pytest.mark.usefixtures("as_peer")
def test_threads_that_ask_together_each_get_their_own_and_nothing_else(keys: TestKeys) -> None:
    for due, came in ask_until_some_travel_together(keys):
        assert due == came


@pytest.mark.usefixtures("as_peer")
def test_responses_beyond_the_room_of_a_message_are_left_to_calls_alone(
    keys: TestKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(envelope, "MOST_BYTES", 1)
    calls = [
        batch_pb2.Call(
            request=MineRequest(user_id=user).SerializeToString(),
            user_token=keys.token(user, now=time.time()),
            timeout_ms=AT_ONCE_S * 1000,
        )
        for user in USERS[:3]
    ]
    metadata = call_metadata.metadata(None, service_tokens(), "toy")
    with grpc.insecure_channel(config.target("toy")) as bare:
        response: Any = unary(bare, CALL)(
            batch_pb2.CallRequest(method=f"/{MINE}", calls=calls), metadata=metadata
        )
    first, *others = response.results
    assert SayResponse.FromString(first.response).said == USERS[0]
    assert [each.error.code for each in others] == [code_pb2.OUT_OF_RANGE] * 2


@pytest.mark.usefixtures("as_peer")
def test_each_call_of_a_batch_is_a_part_of_its_own_trace(keys: TestKeys, recorder: Kept) -> None:
    ask_until_some_travel_together(keys)
    by_id = {span.span_id: span for span in recorder.spans}
    served = [span for span in recorder.spans if (span.name, span.kind) == (MINE, Kind.SERVER)]
    in_batches = [span for span in served if span.links]
    assert in_batches
    for span in served:
        called = by_id[span.parent_id]
        assert (called.name, called.kind, called.trace_id) == (MINE, Kind.CLIENT, span.trace_id)
    for span in in_batches:
        (link,) = span.links
        carried = by_id[link.span_id]
        assert (carried.name, carried.kind) == (BATCH, Kind.SERVER)
        sent = by_id[carried.parent_id]
        assert (sent.name, sent.kind) == (BATCH, Kind.CLIENT)
        assert span.parent_id in {link.span_id for link in sent.links}
