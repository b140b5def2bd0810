"""Measures what a request costs its receiver: CPU time and the size of the answer.

Both may grow with the request, linearly and by little; what an answer to a bad request says
may not grow at all. A request that is let in may cost what it asks for, such as the hash of
a password.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import grpc
import httpx

from edge_api.tests.shapes import Shape, of_binding, of_message
from mesh.contract.model import Method
from tests.fuzz.people import STAFF, People
from tests.support.mesh_under_test import Market

REFUSED_S, REFUSED_S_PER_BYTE = 0.06, 3e-7
LET_IN_S = 1.0
REFUSED_BYTES = 16 * 1024
TRIES = 4  # the cheapest counts: a process does other work too
STATUSES = {400, 404, 405, 406, 413, 414, 415, 422, 431}
CPUCLOCK_SCHED = 2


@dataclass(frozen=True)
class Cost:
    """The cost of a request. `refused`: for its form, not for its caller or what is there."""

    cpu_s: float
    answer_bytes: int
    refused: bool

    def wrong(self, sent_bytes: int) -> str:
        """Returns which part of the cost is too much, or empty."""
        most_s = REFUSED_S + REFUSED_S_PER_BYTE * sent_bytes if self.refused else LET_IN_S
        if self.cpu_s > most_s:
            return f"took {self.cpu_s * 1000:.0f} ms of CPU, {most_s * 1000:.0f} at most"
        if self.refused and self.answer_bytes > REFUSED_BYTES:
            return f"was answered by {self.answer_bytes} bytes, {REFUSED_BYTES} at most"
        return ""


def cpu_s(pid: int) -> float:
    """Returns the CPU time of a process. Source: Linux, clock_getcpuclockid(3)."""
    return time.clock_gettime((~pid << 3) | CPUCLOCK_SCHED)


class Costs:
    """Sends one request after the other, as staff or as a service that is allowed.

    `pids` are the processes that answer: the edge's and the servicers'.
    """

    def __init__(self, market: Market, people: People, pids: Sequence[int]) -> None:
        self._market, self._people, self._pids = market, people, pids
        self.tried = 0

    def findings(self, methods: Sequence[Method]) -> Iterator[str]:
        """Yields what costs too much, each with its request."""
        for method in methods:
            with grpc.insecure_channel(self._market.at.grpc[method.served_by]) as channel:
                for shape in of_message(method):
                    yield from self._judge(shape, lambda sent: self._call(channel, sent))
            for http in () if method.access.internal else method.bindings:
                if not method.descriptor.server_streaming:
                    for shape in of_binding(method, http):
                        yield from self._judge(shape, self._ask)

    def _judge(self, shape: Shape, send: Callable[[Shape], tuple[int, bool]]) -> Iterator[str]:
        self.tried += 1
        wrong = ""
        for _ in range(TRIES):
            before_s = self._spent_s()
            answer_bytes, refused = send(shape)
            cost = Cost(self._spent_s() - before_s, answer_bytes, refused)
            wrong = cost.wrong(shape.sent_bytes)
            if not wrong:
                return
        yield f"{wrong}\n      {shape}"

    def _spent_s(self) -> float:
        return sum(map(cpu_s, self._pids))

    def _call(self, channel: Any, shape: Shape) -> tuple[int, bool]:
        method = shape.method
        name = next(iter(sorted(method.access.services)), "") if method.access.internal else STAFF
        metadata = self._people.metadata(name or STAFF, method.served_by)
        if method.descriptor.server_streaming:
            call = channel.unary_stream(method.path)(shape.body, metadata=metadata, timeout=1)
        else:
            call = channel.unary_unary(method.path).future(
                shape.body, metadata=metadata, timeout=30
            )
        code, details, trailers = call.code(), call.details() or "", call.trailing_metadata() or ()
        size = len(details) + sum(len(value) for _, value in trailers)
        if code == grpc.StatusCode.OK and not method.descriptor.server_streaming:
            size = len(call.result())
        return size, code == grpc.StatusCode.INVALID_ARGUMENT

    def _ask(self, shape: Shape) -> tuple[int, bool]:
        assert shape.http is not None
        query = f"?{quote(shape.query, safe='=&.,%')}" if shape.query else ""
        try:
            answer = self._market.request(
                shape.http.verb,
                f"{shape.path}{query}",
                self._people.person(STAFF),
                content=shape.body or None,
                headers=shape.headers,
            )
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            return 0, True  # it was refused while it was still being sent
        return len(answer.content), answer.status_code in STATUSES
