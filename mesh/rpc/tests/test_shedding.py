"""More than a service bears: what is served is in time, what is refused cost nothing."""

import threading
from typing import Any

import grpc
import pytest
from google.rpc import code_pb2
from grpc_status import rpc_status

from mesh.core.errors import RemoteError, Unavailable
from mesh.core.shedding import SHORT_WAIT_S, Overloaded, check_wait
from mesh.rpc.client import channel
from mesh.rpc.threads import RpcThreads, waited_s
from mesh.tests.toy.contract import NAME, SayRequest, SayResponse, Toy

AT_ONCE = 60  # on four threads, each of which a call keeps for 0.3 of the 1.5 s that it may take
TURNED_AWAY_S = 4.0  # well before they would have been served one after another


def all_at_once(bare: grpc.Channel) -> list[Any]:
    invoke = bare.unary_unary(
        f"/{NAME}/Say",
        request_serializer=SayRequest.SerializeToString,
        response_deserializer=SayResponse.FromString,
    )
    calls = [invoke.future(SayRequest(what="slow"), timeout=30) for _ in range(AT_ONCE)]
    for call in calls:
        call.exception()
    return calls


def refused_of(calls: list[Any]) -> list[Any]:
    return [call for call in calls if call.code() == grpc.StatusCode.UNAVAILABLE]


def test_what_waited_too_long_is_refused_and_never_reaches_the_servicer(bare: grpc.Channel) -> None:
    calls = all_at_once(bare)
    refused = refused_of(calls)
    assert {call.code() for call in calls} == {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE}
    assert len(Toy.calls) == AT_ONCE - len(refused)


def test_a_refusal_says_when_to_ask_again_and_that_grpc_is_not_to(bare: grpc.Channel) -> None:
    # Any of them: calls begun at once are served in no certain order.
    refused, *_ = refused_of(all_at_once(bare))
    status = rpc_status.from_call(refused)
    assert status is not None
    error = RemoteError(status)
    assert (error.code, error.reason) == (code_pb2.UNAVAILABLE, "SERVICE_UNAVAILABLE")
    assert error.retry_after_s == 1.0
    trailers = dict(refused.trailing_metadata())
    assert trailers["grpc-retry-pushback-ms"] == "-1"
    assert trailers["x-request-id"]


@pytest.mark.usefixtures("toy_server")
def test_the_kit_s_own_channel_does_not_try_a_refused_call_again() -> None:
    """Though the contract lets it be retried: the servicer sees each served call once."""
    say = channel("toy").unary_unary(
        f"/{NAME}/Say",
        request_serializer=SayRequest.SerializeToString,
        response_deserializer=SayResponse.FromString,
    )
    served, refused = [], []

    def ask() -> None:
        try:
            served.append(say(SayRequest(what="slow")))
        except (Unavailable, RemoteError) as error:
            refused.append(error)

    asking = [threading.Thread(target=ask) for _ in range(AT_ONCE)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len(served) + len(refused) == AT_ONCE
    assert refused
    assert len(Toy.calls) >= len(served)
    assert len(Toy.calls) <= AT_ONCE - len(refused) + 4  # some ran out of time while served


def test_a_thread_knows_how_long_its_call_was_queued() -> None:
    with RpcThreads(1) as threads:
        held, let_go = threading.Event(), threading.Event()

        def hold() -> None:
            held.set()
            let_go.wait(30)

        threads.submit(hold)
        assert held.wait(30)
        second = threads.submit(waited_s)
        assert not let_go.wait(0.2)
        let_go.set()
        assert second.result(30) >= 0.2
        assert threads.submit(waited_s).result(30) < 0.2
    assert waited_s() == 0.0


def test_a_call_may_wait_for_half_of_its_time() -> None:
    check_wait(0.9, 2.0)
    with pytest.raises(Overloaded, match=r"wait for 1\.1 s"):
        check_wait(1.1, 2.0)


def test_a_deadline_of_a_few_milliseconds_is_no_overload() -> None:
    check_wait(SHORT_WAIT_S * 0.9, 0.006)
    with pytest.raises(Overloaded):
        check_wait(SHORT_WAIT_S, 0.006)
