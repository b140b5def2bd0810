"""Sends calls of one RPC together that several threads make; see `async_coalescer`."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, field

from google.protobuf.message import Message

from market.batch.v1 import batch_pb2
from mesh import context
from mesh.context import Call
from mesh.contract.model import Method
from mesh.core.errors import DeadlineExceeded, DomainError
from mesh.rpc import metadata as call_metadata
from mesh.rpc.batching import envelope

Alone = Callable[[float], Message]
Sent = Callable[[batch_pb2.CallResponse | None, DomainError | None], None]
# Sends a batch, which may take so many seconds, and calls back from any thread.
Send = Callable[[batch_pb2.CallRequest, float, Sent], None]


@dataclass(slots=True, eq=False)
class _Waiting:
    call: batch_pb2.Call
    deadline: float
    result: "Future[batch_pb2.CallResult | None]" = field(default_factory=Future)


class ThreadCoalescer:
    """One RPC's calls from one process: one batch under way, and what is late beside it."""

    def __init__(self, method: Method, send: Send) -> None:
        self._method = method
        self._send = send
        self._most = envelope.most_calls(method)
        self._lock = threading.Lock()
        self._under_way: set[object] = set()  # without what is late
        self._waiting: list[_Waiting] = []
        self._alone_until = 0.0

    def call(
        self, request: Message, timeout_s: float, response_class: type[Message], alone: Alone
    ) -> Message:
        """Calls the RPC, `alone` for the seconds left if none is under way. Raises DomainError."""
        with self._lock:
            waiting = self._join(request, timeout_s)
        if not isinstance(waiting, _Waiting):
            try:
                return alone(timeout_s)
            finally:
                self._end(waiting)
        result = self._result(waiting)
        if result is None:
            return alone(max(0.0, waiting.deadline - time.monotonic()))
        return envelope.response_of(result, response_class, context.current())

    def call_each(
        self, asked: Sequence[tuple[Message, Call]], response_class: type[Message]
    ) -> list[Message | DomainError | None]:
        """Makes these calls together, now, each in the name of its own call.

        None is the outcome of one that is to be made alone.
        """
        if time.monotonic() < self._alone_until:
            return [None] * len(asked)
        waiting = [self._waiting_for(request, call) for request, call in asked]
        batch = [each for each in waiting if isinstance(each, _Waiting)]
        for start in range(0, len(batch), self._most):
            with self._lock:
                begun = self._begin()
            self._travel(batch[start : start + self._most], begun)
        return [
            self._outcome(each, call, response_class) if isinstance(each, _Waiting) else each
            for each, (_, call) in zip(waiting, asked, strict=True)
        ]

    def _waiting_for(self, request: Message, call: Call) -> "_Waiting | DeadlineExceeded":
        try:
            timeout_s = call_metadata.timeout_s(call, self._method)
        except DeadlineExceeded as error:
            return error
        return _Waiting(envelope.item(request, call), time.monotonic() + timeout_s)

    def _outcome(
        self, waiting: _Waiting, call: Call, response_class: type[Message]
    ) -> Message | DomainError | None:
        try:
            result = self._wait(waiting)
            return None if result is None else envelope.response_of(result, response_class, call)
        except DomainError as error:
            return error

    def _join(self, request: Message, timeout_s: float) -> _Waiting | object:
        """Returns the place in the next batch, or what is under way: a call made alone."""
        now = time.monotonic()
        if not self._under_way or now < self._alone_until:
            return self._begin()
        waiting = _Waiting(envelope.item(request, context.current()), now + timeout_s)
        self._waiting.append(waiting)
        return waiting

    def _result(self, waiting: _Waiting) -> batch_pb2.CallResult | None:
        """Waits for the result. Raises DomainError."""
        left_s = waiting.deadline - time.monotonic()
        try:
            return waiting.result.result(min(left_s, envelope.LATE_S))
        except NotYet:
            self._depart(if_late=waiting)
        return self._wait(waiting)

    def _wait(self, waiting: _Waiting) -> batch_pb2.CallResult | None:
        """Waits until the call's time is up. Raises DomainError."""
        try:
            return waiting.result.result(max(0.0, waiting.deadline - time.monotonic()))
        except NotYet:
            waiting.result.cancel()
            raise DeadlineExceeded(f"no answer to {self._method.name} in time") from None

    def _begin(self) -> object:
        begun = object()
        self._under_way.add(begun)
        return begun

    def _end(self, begun: object) -> None:
        with self._lock:
            self._under_way.discard(begun)
            free = not self._under_way
        if free:
            self._depart()

    def _depart(self, if_late: _Waiting | None = None) -> None:
        """Sends those who wait and whose time is not up, as many as may travel together."""
        with self._lock:
            if if_late is not None:
                if if_late not in self._waiting:
                    return  # it is under way
                self._under_way.clear()
            waiting = [each for each in self._waiting if not each.result.cancelled()]
            batch, self._waiting = waiting[: self._most], waiting[self._most :]
            begun = self._begin() if batch else None
        if batch:
            self._travel(batch, begun)

    def _travel(self, batch: Sequence[_Waiting], begun: object) -> None:
        now = time.monotonic()
        calls = [(each.call, each.deadline - now) for each in batch]
        request, left_s = envelope.request(self._method, calls)
        try:
            self._send(request, left_s, lambda *came: self._deliver(batch, begun, *came))
        except Exception as error:  # noqa: BLE001  # of each call, as if it had gone alone
            self._deliver(batch, begun, None, error)

    def _deliver(
        self,
        batch: Sequence[_Waiting],
        begun: object,
        response: batch_pb2.CallResponse | None,
        error: Exception | None,
    ) -> None:
        try:
            if response is not None:
                results = envelope.whole(response, len(batch))
                for each, result in zip(batch, results, strict=True):
                    _settle(each, result)
                return
        except DomainError as broken:
            error = broken
        finally:
            self._end(begun)
        if error is not None and envelope.not_served(error):
            self._alone_until = time.monotonic() + envelope.ALONE_S
            error = None
        for each in batch:
            _settle(each, envelope.again(error) if error is not None else None)


def _settle(waiting: _Waiting, outcome: batch_pb2.CallResult | Exception | None) -> None:
    """Sets the outcome, unless the caller stopped waiting."""
    if not waiting.result.set_running_or_notify_cancel():
        return
    if isinstance(outcome, Exception):
        waiting.result.set_exception(outcome)
    else:
        waiting.result.set_result(outcome)
