"""Which calls travel together, and whom a replica that hangs holds up."""

import asyncio
import itertools
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from google.rpc import code_pb2

from market.batch.v1 import batch_pb2
from mesh import context
from mesh.context import Call
from mesh.contract.model import Method, market_contract, read_method
from mesh.core.errors import DeadlineExceeded, DomainError, NotFound, RemoteError, to_status
from mesh.rpc.batching import thread_coalescer
from mesh.rpc.batching.async_coalescer import AsyncCoalescer
from mesh.rpc.batching.envelope import (
    CALL,
    MOST_CALLS,
    MOST_PAGES,
    MOST_WRITES,
    alone,
    most_calls,
)
from mesh.rpc.batching.thread_coalescer import Sent, ThreadCoalescer
from mesh.rpc.interceptors.authentication import members
from mesh.tests.toy.contract import NAME as TOY
from mesh.tests.toy.contract import MineRequest, SayResponse

HANGS_S = 30.0


def mine(name: str = "Mine") -> Method:
    pool = MineRequest.DESCRIPTOR.file.pool
    return read_method(pool.FindMethodByName(f"{TOY}.{name}"))


def answer(batch: batch_pb2.CallRequest) -> batch_pb2.CallResponse:
    """Says the caller's token and the id that it asks for; of `absent` that there is none.

    A call of `long` is to be made alone, and a response to `again` is a replayed one.
    """
    response = batch_pb2.CallResponse()
    for call in batch.calls:
        user_id = MineRequest.FromString(call.request).user_id
        if user_id == "absent":
            response.results.add(error=to_status(NotFound("there is no such resource")))
        elif user_id == "long":
            response.results.add(error=to_status(alone()))
        else:
            said = SayResponse(said=f"{call.user_token} {user_id}")
            response.results.add(response=said.SerializeToString(), replayed=user_id == "again")
    return response


class Service:
    """A service that answers when it is let go; it notes what came, alone and in batches."""

    def __init__(self) -> None:
        self.alone: list[str] = []
        self.batches: list[batch_pb2.CallRequest] = []
        self.held: list[asyncio.Event] = []
        self.error: Exception | None = None

    async def call(self, request: Any) -> Any:
        self.alone.append(request.user_id)
        await self._let_go()
        return SayResponse(said=f"alone {request.user_id}")

    async def send(self, batch: batch_pb2.CallRequest, timeout_s: float) -> Any:
        self.batches.append(batch)
        await asyncio.wait_for(self._let_go(), timeout_s)
        if self.error is not None:
            raise self.error
        return answer(batch)

    async def _let_go(self) -> None:
        held = asyncio.Event()
        self.held.append(held)
        await held.wait()

    async def release(self, which: int) -> None:
        """Lets one go that was held, once it is."""
        while len(self.held) <= which:  # noqa: ASYNC110  # until the coalescer's own timer
            await asyncio.sleep(0.001)
        self.held[which].set()

    @property
    def asked(self) -> list[list[str]]:
        return [
            [MineRequest.FromString(call.request).user_id for call in batch.calls]
            for batch in self.batches
        ]


def asking(
    coalescer: AsyncCoalescer, user_id: str, token: str = "", within_s: float = HANGS_S
) -> "asyncio.Task[str]":
    async def ask() -> str:
        deadline = asyncio.get_running_loop().time() + within_s
        call = Call("m", f"of-{user_id}", deadline, user_token=token)
        with context.serving(call):
            try:
                response: Any = await coalescer.call(MineRequest(user_id=user_id))
            except DomainError as error:
                return error.reason
            return f"{response.said} again" if call.replayed else str(response.said)

    return asyncio.ensure_future(ask())


def run(
    test: Callable[[Service, AsyncCoalescer], Awaitable[None]], method: Method | None = None
) -> None:
    async def running() -> None:
        service = Service()
        await asyncio.wait_for(
            test(service, AsyncCoalescer(method or mine(), service.call, service.send)), HANGS_S
        )

    asyncio.run(running())


def test_a_lone_call_goes_alone_and_what_is_asked_meanwhile_goes_together() -> None:
    async def test(service: Service, coalescer: AsyncCoalescer) -> None:
        first = asking(coalescer, "a")
        others = [asking(coalescer, name, token=f"of {name}") for name in ("b", "absent", "d")]
        await service.release(0)
        assert await first == "alone a"
        await service.release(1)
        assert await asyncio.gather(*others) == ["of b b", "NOT_FOUND", "of d d"]
        assert (service.alone, service.asked) == (["a"], [["b", "absent", "d"]])
        assert {call.request_id for call in service.batches[0].calls} == {
            "of-b",
            "of-absent",
            "of-d",
        }
        last = asking(coalescer, "e")
        await service.release(2)
        assert await last == "alone e"

    run(test)


def test_a_call_whose_time_is_up_ends_and_is_not_sent() -> None:
    async def test(service: Service, coalescer: AsyncCoalescer) -> None:
        asking(coalescer, "a")
        service_hangs = [asking(coalescer, "b"), asking(coalescer, "late", within_s=0.04)]
        gone = asking(coalescer, "gone")
        await asyncio.sleep(0)
        gone.cancel()
        assert await service_hangs[1] == "DEADLINE_EXCEEDED"
        await service.release(1)  # it left when the first call was late
        assert await service_hangs[0] == " b"
        assert service.asked == [["b"]]

    run(test)


def test_nobody_waits_for_a_replica_that_hangs() -> None:
    """The first call is never answered; the others leave nonetheless, and so do those after."""

    async def test(service: Service, coalescer: AsyncCoalescer) -> None:
        hanging = asking(coalescer, "hanging")
        second = asking(coalescer, "b")
        await service.release(1)
        assert await second == " b"
        third = asking(coalescer, "c")
        await service.release(2)
        assert await third == "alone c"  # it waits for nothing that is late
        assert not hanging.done()
        hanging.cancel()

    run(test)


@pytest.mark.parametrize(("rpc", "most"), [("Mine", MOST_CALLS), ("Repeat", MOST_WRITES)])
def test_a_batch_has_no_more_calls_than_the_service_takes(rpc: str, most: int) -> None:
    async def test(service: Service, coalescer: AsyncCoalescer) -> None:
        asking(coalescer, "a")
        others = [asking(coalescer, str(number)) for number in range(most + 1)]
        for which in range(3):
            await service.release(which)
        assert all([await other for other in others])
        assert [len(asked) for asked in service.asked] == [most, 1]

    run(test, mine(rpc))


def test_fewer_pages_and_writes_than_rows_travel_together() -> None:
    most = {method.full_name: most_calls(method) for method in market_contract()}
    assert most["market.order.v1.OrderService/ListOrders"] == MOST_PAGES
    assert most["market.order.v1.OrderService/GetOrder"] == MOST_CALLS
    assert most["market.order.v1.OrderService/CreateOrder"] == MOST_WRITES


def test_a_call_that_is_to_be_made_alone_is_and_no_other() -> None:
    async def test(service: Service, coalescer: AsyncCoalescer) -> None:
        calls = [asking(coalescer, name) for name in ("a", "b", "long")]
        for which in range(3):
            await service.release(which)
        assert [await call for call in calls] == ["alone a", " b", "alone long"]
        assert service.asked == [["b", "long"]]

    run(test)


def test_a_replayed_response_is_told_to_its_own_call_only() -> None:
    async def test(service: Service, coalescer: AsyncCoalescer) -> None:
        calls = [asking(coalescer, name) for name in ("a", "b", "again", "c")]
        for which in range(2):
            await service.release(which)
        assert [await call for call in calls] == ["alone a", " b", " again again", " c"]

    run(test)


def test_one_batch_is_under_way_so_that_the_next_one_fills() -> None:
    async def test(service: Service, coalescer: AsyncCoalescer) -> None:
        first = [asking(coalescer, name) for name in "abc"]
        await service.release(0)
        await first[0]
        later = [asking(coalescer, name) for name in "de"]
        await asyncio.sleep(0)
        assert service.asked == [["b", "c"]]
        await service.release(1)
        await service.release(2)
        await asyncio.gather(*first, *later)
        assert (service.alone, service.asked) == (["a"], [["b", "c"], ["d", "e"]])

    run(test)


def test_a_failed_batch_fails_each_of_its_calls_and_an_older_service_gets_them_alone() -> None:
    async def test(service: Service, coalescer: AsyncCoalescer) -> None:
        service.error = RemoteError.of(code_pb2.UNAVAILABLE, "away")
        calls = [asking(coalescer, name) for name in "abc"]
        await service.release(0)
        await service.release(1)
        assert [await call for call in calls] == ["alone a", "UNAVAILABLE", "UNAVAILABLE"]
        service.error = RemoteError.of(code_pb2.UNIMPLEMENTED, "no such RPC")
        calls = [asking(coalescer, name) for name in "abc"]
        for which in range(2, 6):  # the first, the batch, and its two calls
            await service.release(which)
        assert [await call for call in calls] == ["alone a", "alone b", "alone c"]

    run(test)


def test_a_batch_that_can_not_be_sent_fails_each_of_its_calls_and_holds_up_none_after() -> None:
    async def test(service: Service, coalescer: AsyncCoalescer) -> None:
        service.error = ValueError("the channel is closed")
        calls = [asking(coalescer, name) for name in "abc"]
        await service.release(0)
        await service.release(1)
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert outcomes[0] == "alone a"
        assert [type(outcome) for outcome in outcomes[1:]] == [ValueError, ValueError]
        last = asking(coalescer, "d")
        await service.release(2)
        assert await last == "alone d"

    run(test)


def test_every_service_of_the_contract_may_send_batches() -> None:
    assert CALL.access.services == members(market_contract())


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
