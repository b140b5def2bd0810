"""A span and a duration for every request."""

import time
from functools import lru_cache
from typing import Self

from mesh.context import Call
from mesh.telemetry import tracing
from mesh.telemetry.metrics import HTTP_ACTIVE, HTTP_DURATION
from mesh.telemetry.spans import Kind

CLIENT_GONE = 499
METHODS = frozenset("GET HEAD POST PUT PATCH DELETE OPTIONS".split())
# Finding the child of a metric takes longer than adding to it.
_duration = lru_cache(maxsize=4096)(HTTP_DURATION.labels)


class requested:  # noqa: N801  # used as a function; contextlib's would take three times as long
    """Traces and measures one request, in a `with` that sets `status` and the call's route.

    Until the status is known it is that of a client that hung up. Neither path nor query is
    recorded, as a client may write anything there.
    """

    __slots__ = ("_call", "_method", "_span", "_started", "status")

    def __init__(self, verb: str, call: Call) -> None:
        self._method = verb if verb in METHODS else "_OTHER"
        self._call = call
        self.status = CLIENT_GONE

    def __enter__(self) -> Self:
        self._started = time.perf_counter()
        attributes = {"http.request.method": self._method}
        self._span = tracing.span(
            self._method, Kind.SERVER, attributes, parent=self._call.traceparent
        )
        self._span.__enter__()
        HTTP_ACTIVE.inc()
        return self

    def __exit__(self, *_: object) -> None:
        HTTP_ACTIVE.dec()
        took_s = time.perf_counter() - self._started
        call, span = self._call, self._span
        _duration(self._method, call.route, str(self.status)).observe(took_s)
        if self.status >= 500:
            span.fail(str(self.status))
        if call.route:
            span.rename(f"{self._method} {call.route}")
            span.set("http.route", call.route)
        span.set("http.response.status_code", self.status)
        if call.caller.user_id:
            span.set("enduser.id", call.caller.user_id)
        span.__exit__()
