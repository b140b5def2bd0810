"""Which calls travel together, and whom a replica that hangs holds up."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from google.rpc import code_pb2

from market.batch.v1 import batch_pb2
from mesh import context
from mesh.context import Call
from mesh.contract.model import Method, market_contract
from mesh.core.errors import DomainError, RemoteError
from mesh.rpc.batching.async_coalescer import AsyncCoalescer
from mesh.rpc.batching.envelope import CALL, MOST_CALLS, MOST_PAGES, MOST_WRITES, most_calls
from mesh.rpc.interceptors.authentication import members
from mesh.rpc.tests.coalescing import HANGS_S, answer, mine
from mesh.tests.toy.contract import MineRequest, SayResponse


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
