"""A span and a duration for every request."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from mesh.context import Call
from mesh.telemetry import tracing
from mesh.telemetry.metrics import HTTP_ACTIVE, HTTP_DURATION
from mesh.telemetry.spans import Kind

CLIENT_GONE = 499
METHODS = frozenset("GET HEAD POST PUT PATCH DELETE OPTIONS".split())
# Finding the child of a metric takes longer than adding to it.
_duration = lru_cache(maxsize=4096)(HTTP_DURATION.labels)


@dataclass(slots=True)
class Outcome:
    """The status of a response; until it is known, that of a client that hung up."""

    status: int = CLIENT_GONE


@contextmanager
def requested(verb: str, call: Call) -> Iterator[Outcome]:
    """Traces and measures one request; the block sets the status and the call's route.

    Neither path nor query is recorded, as a client may write anything there.
    """
    method = verb if verb in METHODS else "_OTHER"
    outcome, started = Outcome(), time.perf_counter()
    attributes = {"http.request.method": method}
    with tracing.span(method, Kind.SERVER, attributes, parent=call.traceparent) as span:
        HTTP_ACTIVE.inc()
        try:
            yield outcome
        finally:
            HTTP_ACTIVE.dec()
            took_s = time.perf_counter() - started
            _duration(method, call.route, str(outcome.status)).observe(took_s)
            if outcome.status >= 500:
                span.fail(str(outcome.status))
            if call.route:
                span.rename(f"{method} {call.route}")
                span.set("http.route", call.route)
            span.set("http.response.status_code", outcome.status)
            if call.caller.user_id:
                span.set("enduser.id", call.caller.user_id)
