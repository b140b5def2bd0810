"""Which calls of threads travel together, and which of one thread."""

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from google.rpc import code_pb2

from market.batch.v1 import batch_pb2
from mesh.context import Call
from mesh.core.errors import DeadlineExceeded, DomainError, RemoteError, to_status
from mesh.rpc.batching import thread_coalescer
from mesh.rpc.batching.envelope import MOST_WRITES, alone
from mesh.rpc.batching.thread_coalescer import Sent, ThreadCoalescer
from mesh.rpc.tests.coalescing import HANGS_S, answer, mine
from mesh.tests.toy.contract import MineRequest, SayResponse


class ThreadedService:
    """As `Service`, for threads."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.came = threading.Semaphore(0)
        self.batches: list[batch_pb2.CallRequest] = []
        self.left_s: list[float] = []
        self.outcome: Callable[[batch_pb2.CallRequest, Sent], None] = lambda batch, sent: sent(
            answer(batch), None
        )

    def alone(self, left_s: float) -> Any:
        self.left_s.append(left_s)
        self.came.release()
        assert self.released.wait(HANGS_S)
        return SayResponse(said="alone")

    def send(self, batch: batch_pb2.CallRequest, timeout_s: float, sent: Sent) -> None:
        self.batches.append(batch)
        self.outcome(batch, sent)


def _nothing(batch: batch_pb2.CallRequest, sent: Sent) -> None: ...


def ask_all(
    threads: ThreadPoolExecutor, coalescer: ThreadCoalescer, service: ThreadedService, most_s: float
) -> "Sequence[Future[Any]]":
    first = threads.submit(coalescer.call, MineRequest(), most_s, SayResponse, service.alone)
    assert service.came.acquire(timeout=HANGS_S)
    others = [
        threads.submit(
            coalescer.call, MineRequest(user_id=name), most_s, SayResponse, service.alone
        )
        for name in ("b", "absent")
    ]
    return [first, *others]


@pytest.fixture
def threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(4)


def test_threads_send_together_what_they_ask_while_a_call_is_under_way(
    threads: ThreadPoolExecutor,
) -> None:
    """Which here never ends by itself, so that they leave because it is late."""
    service = ThreadedService()
    first, second, third = ask_all(threads, ThreadCoalescer(mine(), service.send), service, HANGS_S)
    assert second.result(HANGS_S).said == " b"
    error = third.exception(HANGS_S)
    assert isinstance(error, DomainError)
    assert error.reason == "NOT_FOUND"
    assert not first.done()
    service.released.set()
    assert first.result(HANGS_S).said == "alone"
    assert sum(len(batch.calls) for batch in service.batches) == 2


def test_a_thread_whose_call_is_to_be_made_alone_makes_it(threads: ThreadPoolExecutor) -> None:
    service = ThreadedService()
    refused = batch_pb2.CallResult(error=to_status(alone()))
    service.outcome = lambda batch, sent: sent(
        batch_pb2.CallResponse(results=[refused] * len(batch.calls)), None
    )
    calls = ask_all(threads, ThreadCoalescer(mine(), service.send), service, HANGS_S)
    service.released.set()
    assert [call.result(HANGS_S).said for call in calls] == ["alone"] * 3


def test_a_thread_stops_waiting_when_its_time_is_up(threads: ThreadPoolExecutor) -> None:
    service = ThreadedService()
    service.outcome = _nothing
    first, *others = ask_all(threads, ThreadCoalescer(mine(), service.send), service, 0.2)
    for other in others:
        assert isinstance(other.exception(HANGS_S), DeadlineExceeded)
    service.released.set()
    first.result(HANGS_S)


def test_threads_call_an_older_service_alone(threads: ThreadPoolExecutor) -> None:
    service = ThreadedService()
    refusal = RemoteError.of(code_pb2.UNIMPLEMENTED, "no such RPC")
    service.outcome = lambda _, sent: sent(None, refusal)
    calls = ask_all(threads, ThreadCoalescer(mine(), service.send), service, HANGS_S)
    service.released.set()
    assert [call.result(HANGS_S).said for call in calls] == ["alone"] * 3
    first, *others = service.left_s
    assert first == HANGS_S
    assert all(left_s < HANGS_S for left_s in others)


def test_threads_whose_batch_can_not_be_sent_fail_and_hold_up_none_after(
    threads: ThreadPoolExecutor,
) -> None:
    def closed(batch: batch_pb2.CallRequest, sent: Sent) -> None:
        raise ValueError("the channel is closed")

    service = ThreadedService()
    service.outcome = closed
    coalescer = ThreadCoalescer(mine(), service.send)
    first, *others = ask_all(threads, coalescer, service, HANGS_S)
    for other in others:
        assert isinstance(other.exception(HANGS_S), ValueError)
    service.released.set()
    assert first.result(HANGS_S).said == "alone"
    last: Any = coalescer.call(MineRequest(), HANGS_S, SayResponse, service.alone)
    assert last.said == "alone"


def each_of(calls: int) -> list[tuple[MineRequest, Call]]:
    until = time.monotonic() + HANGS_S
    return [
        (MineRequest(user_id=str(place)), Call("m", f"of-{place}", until)) for place in range(calls)
    ]


def test_calls_of_one_thread_leave_at_once_in_as_few_batches_as_may_be() -> None:
    service = ThreadedService()
    coalescer = ThreadCoalescer(mine("Repeat"), service.send)
    outcomes: list[Any] = coalescer.call_each(each_of(MOST_WRITES + 1), SayResponse)
    assert [outcome.said for outcome in outcomes] == [
        f" {number}" for number in range(MOST_WRITES + 1)
    ]
    assert [len(batch.calls) for batch in service.batches] == [MOST_WRITES, 1]
    assert coalescer.call_each([], SayResponse) == []


def test_calls_of_one_thread_go_alone_to_an_older_service_and_so_do_those_after() -> None:
    service = ThreadedService()
    refusal = RemoteError.of(code_pb2.UNIMPLEMENTED, "no such RPC")
    service.outcome = lambda _, sent: sent(None, refusal)
    coalescer = ThreadCoalescer(mine(), service.send)
    for _ in range(2):
        assert coalescer.call_each(each_of(2), SayResponse) == [None, None]
    assert len(service.batches) == 1


def test_a_call_of_one_thread_whose_time_is_up_holds_up_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The batch is answered when the second call begins to wait, which the clock tells."""
    service = ThreadedService()
    answers: list[Callable[[], None]] = []
    waits = itertools.count()
    service.outcome = lambda batch, sent: answers.append(lambda: sent(answer(batch), None))

    def clock() -> float:
        if answers and next(waits) == 1:
            answers[0]()
        return time.monotonic() + (2 * HANGS_S if answers else 0)

    monkeypatch.setattr(thread_coalescer, "time", SimpleNamespace(monotonic=clock))
    coalescer = ThreadCoalescer(mine(), service.send)
    late, in_time = coalescer.call_each(each_of(2), SayResponse)
    assert isinstance(late, DeadlineExceeded)
    assert isinstance(in_time, SayResponse)
