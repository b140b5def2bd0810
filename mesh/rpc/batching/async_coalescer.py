"""Sends calls of one RPC together, in a process that runs on asyncio.

A call that finds none under way goes alone and at once. What is asked meanwhile forms the next
batch, which leaves when an answer comes, so that load makes batches and an idle mesh makes none.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass

from google.protobuf.message import Message

from market.batch.v1 import batch_pb2
from mesh import context
from mesh.contract.model import Method
from mesh.core.errors import DeadlineExceeded
from mesh.rpc import metadata as call_metadata
from mesh.rpc.batching import envelope

Alone = Callable[[Message], Awaitable[Message]]
# Sends a batch, which may take so many seconds. Raises DomainError.
Send = Callable[[batch_pb2.CallRequest, float], Awaitable[batch_pb2.CallResponse]]


@dataclass(slots=True, eq=False)
class _Waiting:
    """A call that waits for its result: None when it is to be made alone."""

    call: batch_pb2.Call
    deadline: float  # of the loop's clock
    result: "asyncio.Future[batch_pb2.CallResult | None]"


class AsyncCoalescer:
    """One RPC's calls from one event loop: one batch under way, and what is late beside it."""

    def __init__(self, method: Method, alone: Alone, send: Send) -> None:
        self._method = method
        self._alone = alone
        self._send = send
        self._most = envelope.most_calls(method)
        self._under_way: set[object] = set()  # without what is late
        self._waiting: list[_Waiting] = []
        self._late: asyncio.TimerHandle | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self._alone_until = 0.0

    async def call(self, request: Message) -> Message:
        """Calls the RPC. Raises DomainError, DeadlineExceeded when the call's time is up."""
        loop = asyncio.get_running_loop()
        if not self._under_way:
            lone = self._begin()
            try:
                return await self._alone(request)
            finally:
                self._end(lone)
        if loop.time() < self._alone_until:
            return await self._alone(request)
        result = await self._together(request, loop)
        if result is None:
            return await self._alone(request)
        return envelope.response_of(result, self._method.response_class, context.current())

    async def _together(
        self, request: Message, loop: asyncio.AbstractEventLoop
    ) -> batch_pb2.CallResult | None:
        call = context.current()
        timeout_s = call_metadata.timeout_s(call, self._method)
        item, deadline = envelope.item(request, call), loop.time() + timeout_s
        waiting = _Waiting(item, deadline, loop.create_future())
        timer = loop.call_at(deadline, self._expire, waiting.result)
        self._waiting.append(waiting)
        if self._late is None:
            self._late = loop.call_later(envelope.LATE_S, self._wait_no_longer)
        try:
            return await waiting.result
        finally:
            timer.cancel()

    def _expire(self, result: "asyncio.Future[batch_pb2.CallResult | None]") -> None:
        if not result.done():
            result.set_exception(DeadlineExceeded(f"no answer to {self._method.name} in time"))

    def _begin(self) -> object:
        begun = object()
        self._under_way.add(begun)
        return begun

    def _end(self, begun: object) -> None:
        self._under_way.discard(begun)
        if self._waiting and not self._under_way:
            self._depart()

    def _wait_no_longer(self) -> None:
        self._under_way.clear()
        self._depart()

    def _depart(self) -> None:
        """Sends those who wait and whose time is not up, as many as may travel together."""
        loop = asyncio.get_running_loop()
        if self._late is not None:
            self._late.cancel()
            self._late = None
        waiting = [each for each in self._waiting if not each.result.done()]
        batch, self._waiting = waiting[: self._most], waiting[self._most :]
        if self._waiting:
            self._late = loop.call_later(envelope.LATE_S, self._wait_no_longer)
        if batch:
            # In a context of its own, as it is part of no single call.
            travel = self._travel(batch, self._begin())
            sending = loop.create_task(travel, context=Context())
            self._sending.add(sending)
            sending.add_done_callback(self._sending.discard)

    async def _travel(self, batch: Sequence[_Waiting], begun: object) -> None:
        loop = asyncio.get_running_loop()
        request, left_s = envelope.request(
            self._method, [(each.call, each.deadline - loop.time()) for each in batch]
        )
        try:
            response = await self._send(request, left_s)
            results = envelope.whole(response, len(batch))
        except Exception as error:  # noqa: BLE001  # of each call, as if it had gone alone
            self._fail(batch, error)
        except BaseException:
            for each in batch:
                each.result.cancel()
            raise
        else:
            for each, result in zip(batch, results, strict=True):
                if not each.result.done():
                    each.result.set_result(result)
        finally:
            self._end(begun)

    def _fail(self, batch: Sequence[_Waiting], error: Exception) -> None:
        alone = envelope.not_served(error)
        if alone:
            self._alone_until = asyncio.get_running_loop().time() + envelope.ALONE_S
        for each in batch:
            if each.result.done():
                continue
            if alone:
                each.result.set_result(None)
            else:
                each.result.set_exception(envelope.again(error))
