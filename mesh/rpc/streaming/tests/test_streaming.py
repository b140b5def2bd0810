"""Watchers over a real loopback connection and a real database."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import grpc
import pytest
from django.db import connection
from grpc_status import rpc_status

from mesh.contract.model import ContractError
from mesh.core.errors import RemoteError
from mesh.rpc.definition import RpcDefinition
from mesh.rpc.metadata import Metadata
from mesh.rpc.server import RunningServer, start
from mesh.rpc.streaming import broadcaster
from mesh.rpc.streaming.subscription import WAITING
from mesh.testing.servers import TestKeys, as_service, as_user, serving
from mesh.tests.toy.contract import NAME, SayRequest, SayResponse, WatchRequest, WatchResponse
from mesh.tests.toy.watching import THE_END, WATCH, WATCH_FEW_RPC, WATCH_RPC, happen
from tests.support.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)
Server = tuple[RunningServer, grpc.Channel]


@pytest.fixture
def server(wiring: RpcDefinition) -> Iterator[Server]:
    with serving(wiring) as running:
        yield running


@pytest.fixture
def channel(server: Server) -> grpc.Channel:
    return server[1]


def watch(
    channel: grpc.Channel,
    thing: str,
    after: int = 0,
    timeout_s: float = 20,
    metadata: Metadata = (),
) -> Any:
    opened = channel.unary_stream(
        f"/{WATCH_RPC}",
        request_serializer=WatchRequest.SerializeToString,
        response_deserializer=WatchResponse.FromString,
    )
    request = WatchRequest(thing=thing, after_event=after)
    return opened(request, timeout=timeout_s, metadata=metadata)


def say(channel: grpc.Channel) -> str:
    invoke = channel.unary_unary(
        f"/{NAME}/Say",
        request_serializer=SayRequest.SerializeToString,
        response_deserializer=SayResponse.FromString,
    )
    return str(invoke(SayRequest(what="hi"), timeout=30).said)


def watch_few(channel: grpc.Channel, metadata: Metadata = (), thing: str = "egg") -> Any:
    """By the RPC of which a caller may hold two open."""
    opened = channel.unary_stream(
        f"/{WATCH_FEW_RPC}",
        request_serializer=WatchRequest.SerializeToString,
        response_deserializer=WatchResponse.FromString,
    )
    return opened(WatchRequest(thing=thing), timeout=30, metadata=metadata)


def waits(stream: Any) -> bool:
    """Wait until it is open; whether it is because there is no event yet."""
    return (WAITING, "1") in stream.initial_metadata()


def error_of(stream: Any) -> RemoteError:
    with pytest.raises(grpc.RpcError) as caught:
        next(stream)
    status = rpc_status.from_call(caught.value)  # type: ignore[arg-type]  # it is a call too
    assert status is not None
    return RemoteError(status)


def test_a_watcher_gets_what_happened_and_then_what_happens_until_the_end(
    channel: grpc.Channel,
) -> None:
    happen("egg", "laid", "found")
    stream = watch(channel, "egg")
    assert [next(stream).what, next(stream).what] == ["laid", "found"]
    happen("hen", "fed")
    happen("egg", "boiled")
    assert next(stream).seq == 3
    happen("egg", THE_END)
    assert [one.seq for one in stream] == [4]
    assert stream.code() == grpc.StatusCode.OK


def test_a_watcher_goes_on_after_the_last_event_that_it_got(channel: grpc.Channel) -> None:
    happen("egg", "laid", "found")
    stream = watch(channel, "egg", after=1)
    assert next(stream).seq == 2
    stream = watch(channel, "egg", after=2)
    assert waits(stream)
    happen("egg", THE_END)
    assert [one.seq for one in stream] == [3]


def test_what_has_ended_has_nothing_to_wait_for(channel: grpc.Channel) -> None:
    happen("egg", "laid", THE_END)
    assert [one.seq for one in watch(channel, "egg")] == [1, 2]
    stream = watch(channel, "egg", after=2)
    assert not waits(stream)
    assert list(stream) == []


def test_opening_passes_the_interceptors(channel: grpc.Channel) -> None:
    assert error_of(watch(channel, "")).reason == "REQUEST_INVALID"
    assert error_of(watch(channel, "nothing")).reason == "NOT_FOUND"
    assert error_of(watch(channel, "egg", metadata=as_user("x"))).reason == "TOKEN_INVALID"


def test_a_stream_ends_by_itself_before_its_deadline(channel: grpc.Channel) -> None:
    stream = watch(channel, "egg", timeout_s=1)
    assert list(stream) == []
    assert stream.code() == grpc.StatusCode.OK


def test_a_watcher_that_cancels_is_forgotten(server: Server) -> None:
    streams = [watch(server[1], "egg") for _ in range(20)]
    assert all(waits(stream) for stream in streams)
    assert len(server[0].broadcaster) == 20
    for stream in streams[1:]:
        stream.cancel()
    eventually(lambda: len(server[0].broadcaster) == 1)
    happen("egg", THE_END)
    assert next(streams[0]).what == THE_END


def test_a_thousand_watchers_leave_unary_calls_their_threads(server: Server) -> None:
    channel = server[1]

    def opened(number: int) -> Any:
        stream = watch(channel, f"thing {number % 20}", timeout_s=60)
        assert waits(stream)
        return stream

    with ThreadPoolExecutor(8) as pool:
        streams = list(pool.map(opened, range(1000)))
    assert len(server[0].broadcaster) == 1000
    assert {say(channel) for _ in range(50)} == {"hi"}
    for number in range(20):
        happen(f"thing {number}", "moved", THE_END)
    assert all([one.seq for one in stream] == [1, 2] for stream in streams)
    eventually(lambda: len(server[0].broadcaster) == 0)


def test_a_database_that_ends_its_connections_costs_no_event(
    channel: grpc.Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcaster, "AFTER_ERROR_S", 0.3)
    stream = watch(channel, "egg")
    assert waits(stream)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    happen("egg", "laid")  # nobody listens
    assert next(stream).what == "laid"
    happen("egg", THE_END)
    assert next(stream).what == THE_END


def test_a_client_that_does_not_read_is_cut_off_and_holds_up_nobody(
    wiring: RpcDefinition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcaster, "READ_WITHIN_S", 0.3)

    def many(positions: Any) -> Iterator[Any]:
        for event in WATCH.events_after(positions):
            yield event
            if event.key == "flood":
                for seq in range(2, 100):
                    big = WatchResponse(seq=seq, what="x" * 100_000)
                    yield replace(event, seq=seq, message=big)

    with serving(
        replace(wiring, watches={**wiring.watches, WATCH_RPC: replace(WATCH, events_after=many)})
    ) as served:
        deaf, other = watch(served[1], "flood"), watch(served[1], "egg")
        assert waits(deaf)
        assert waits(other)
        happen("flood", "rain")
        eventually(lambda: len(served[0].broadcaster) == 1)
        happen("egg", "laid")
        assert next(other).what == "laid"
        with pytest.raises(grpc.RpcError):
            list(deaf)


def test_a_watch_that_fails_says_nothing_of_itself_and_fails_alone(wiring: RpcDefinition) -> None:
    def fail(positions: Any) -> Iterator[Any]:
        raise RuntimeError("the secret is 42")

    with serving(
        replace(wiring, watches={**wiring.watches, WATCH_RPC: replace(WATCH, events_after=fail)})
    ) as served:
        error = error_of(watch(served[1], "egg"))
    assert (error.reason, "42" in error.detail) == ("INTERNAL", False)


def test_a_server_that_stops_lets_its_watchers_go(wiring: RpcDefinition) -> None:
    with serving(wiring) as (running, channel):
        stream = watch(channel, "egg")
        assert waits(stream)
        running.stop(5)
        assert list(stream) == []
        assert stream.code() == grpc.StatusCode.OK


def test_no_more_are_let_in_than_a_process_takes(
    channel: grpc.Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcaster, "MAX_SUBSCRIPTIONS", 1)
    first = watch(channel, "egg")
    assert waits(first)
    error = error_of(watch(channel, "egg"))
    assert (error.code, error.retry_after_s) == (8, 5.0)


def test_a_caller_holds_no_more_streams_open_than_the_contract_lets_it(
    server: Server, keys: TestKeys
) -> None:
    channel, ada = server[1], as_user(keys.token("ada", now=time.time()))
    bob = as_user(keys.token("bob", now=time.time()))
    first, second = watch_few(channel, ada), watch_few(channel, ada)
    assert waits(first)
    assert waits(second)
    refused = error_of(watch_few(channel, ada))
    assert (refused.code, refused.reason, refused.retry_after_s) == (8, "TOO_MANY_STREAMS", 5.0)
    assert waits(watch_few(channel, bob))
    assert waits(watch(channel, "egg", metadata=ada)), "each RPC is counted by itself"
    first.cancel()
    eventually(lambda: waits(watch_few(channel, ada)))


def test_a_service_that_calls_for_a_user_is_counted_as_that_user(
    channel: grpc.Channel, keys: TestKeys
) -> None:
    ada = as_user(keys.token("ada", now=time.time()))
    held = [watch_few(channel, (*as_service(name), *ada)) for name in ("friend", "edge_api")]
    assert all(waits(stream) for stream in held)
    assert error_of(watch_few(channel, ada)).reason == "TOO_MANY_STREAMS"
    assert waits(watch_few(channel, as_service("friend")))


@pytest.mark.parametrize("end", ["refused", "final", "client gone"])
def test_a_stream_that_is_over_is_counted_no_more(
    channel: grpc.Channel, server: Server, end: str
) -> None:
    for _ in range(3):
        match end:
            case "refused":
                assert error_of(watch_few(channel, thing="nothing")).reason == "NOT_FOUND"
            case "final":
                happen("hen", THE_END)
                assert list(watch_few(channel, thing="hen"))
            case "client gone":
                with grpc.insecure_channel(f"127.0.0.1:{server[0].port}") as other:
                    held = [watch_few(other), watch_few(other)]
                    assert all(waits(stream) for stream in held)
        eventually(lambda: opens(channel))


def opens(channel: grpc.Channel, metadata: Metadata = ()) -> bool:
    """Whether two more are let in, which are closed again."""
    streams = [watch_few(channel, metadata) for _ in range(2)]
    try:
        return [waits(stream) for stream in streams] == [True, True]
    finally:
        for stream in streams:
            stream.cancel()


def test_a_stream_without_a_watch_stops_the_start(wiring: RpcDefinition) -> None:
    with pytest.raises(ContractError, match=r"no watch is wired for /toy\.v1\.ToyService/Watch"):
        start(replace(wiring, watches={}), "127.0.0.1:0")
