"""Opens each call, and ends it once: with a status, a log line, a duration and a span.

A typed error becomes its status. Any other becomes INTERNAL: its text is logged, not sent.
"""

import time
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

import grpc
import structlog
from google.rpc import code_pb2

from mesh.auth.revocations import lists_revocations
from mesh.context import Call, serving
from mesh.contract.model import Method, is_served_by_each
from mesh.core.errors import DomainError, Internal
from mesh.rpc import metadata as call_metadata
from mesh.rpc.interceptors.call_context import metadata_of, opened
from mesh.rpc.interceptors.chain import Handler
from mesh.rpc.interceptors.telemetry import SERVER_ERRORS, described
from mesh.rpc.threads import waited_s
from mesh.rpc.trailers import abort
from mesh.telemetry import tracing
from mesh.telemetry.metrics import RPC_SERVER_DURATION, RPC_THREADS_BUSY, RPC_UNDECLARED_ERRORS
from mesh.telemetry.spans import Kind

log = structlog.get_logger("rpc")


class Observer:
    """Observes the calls of one RPC.

    An RPC that every process calls each second, or that carries calls which are logged
    themselves, is logged only when it fails.
    """

    def __init__(self, method: Method) -> None:
        self.method = method
        self.name, self.attributes = described(method)
        self._carries = is_served_by_each(method.descriptor.containing_service)
        self.quiet = lists_revocations(method) or self._carries
        self._durations: dict[str, Any] = {}

    def begin(self, call: Call, links: Iterable[str] = ()) -> "Observation":
        return Observation(self, call, links)

    def tell_undeclared(self, error: DomainError) -> None:
        """Tells of an error that the contract does not list; callers get it all the same."""
        method = self.method
        if method.may_fail_with(error.code, error.reason, error.domain) or self._carries:
            return
        code = code_pb2.Code.Name(error.code)
        RPC_UNDECLARED_ERRORS.labels(self.name, f"{code}/{error.reason}").inc()
        log.error("rpc_error_undeclared", rpc=method.path, code=code, reason=error.reason)

    def observe(self, code: str, took_s: float) -> None:
        if code not in self._durations:
            self._durations[code] = RPC_SERVER_DURATION.labels(self.name, code)
        self._durations[code].observe(took_s)


class Observation:
    """One call from its beginning to its end; inside its `with` it is the call being served.

    The `with` may be entered several times, as a call that rides in a batch is served in parts.
    """

    __slots__ = ("_observer", "_serving", "_started", "call", "span")

    def __init__(self, observer: Observer, call: Call, links: Iterable[str]) -> None:
        self._observer = observer
        self.call = call
        self._started = time.perf_counter()
        self.span = tracing.span(
            observer.name, Kind.SERVER, observer.attributes, parent=call.traceparent, links=links
        )
        self.span.begin()
        call.traceparent = self.span.traceparent or call.traceparent

    def __enter__(self) -> Self:
        self._serving = serving(self.call)
        self._serving.__enter__()
        self.span.make_current()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.span.leave()
        self._serving.__exit__(kind, error, traceback)

    def fail(self, error: Exception) -> DomainError:
        """Ends the call with an error, and returns what the caller gets; inside the `with`."""
        if isinstance(error, DomainError):
            self._observer.tell_undeclared(error)
            self.end(code_pb2.Code.Name(error.code), error.reason)
            return error
        log.error("rpc_failed", rpc=self._observer.method.path, exc_info=error)
        self.end("INTERNAL", Internal.reason)
        return Internal("something went wrong on our side")

    def end(self, code: str, outcome: str) -> None:
        """Ends the call; inside the `with`."""
        took_s = time.perf_counter() - self._started
        self._observer.observe(code, took_s)
        if outcome != "OK" or not self._observer.quiet:
            path = self._observer.method.path
            log.info("rpc", rpc=path, outcome=outcome, duration_ms=round(took_s * 1000, 1))
        if code in SERVER_ERRORS:
            self.span.fail(code)
        self.span.set("rpc.response.status_code", code)
        if self.call.caller.user_id:
            self.span.set("enduser.id", self.call.caller.user_id)
        self.span.end()


def observed(method: Method, call_next: Handler) -> Handler:
    """Is the outermost interceptor; the id of the call is returned as a trailer."""
    observer = Observer(method)

    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        call = _opened(method, context)
        context.set_trailing_metadata(((call_metadata.REQUEST_ID, call.request_id),))
        with observer.begin(call) as observation, RPC_THREADS_BUSY.track_inprogress():
            try:
                response = call_next(request, context)
            except DomainError as error:
                abort(context, observation.fail(error))
            except Exception as error:
                if (code := code_of(context)) != "OK":  # the servicer aborted by itself
                    observation.end(code, code)
                    raise
                abort(context, observation.fail(error))
            observation.end(code_of(context), "OK")
            return response

    return handle


def _opened(method: Method, context: grpc.ServicerContext) -> Call:
    metadata = metadata_of(context)
    return opened(
        method,
        metadata.get(call_metadata.REQUEST_ID, ""),
        metadata.get(call_metadata.TRACEPARENT, ""),
        allowed_s(method, context.time_remaining()),
    )


def code_of(context: grpc.ServicerContext) -> str:
    """Returns the status that was set so far; OK where none was."""
    code = context.code()  # type: ignore[attr-defined]  # the stubs don't know it
    return "OK" if code is None else str(code.name)


def allowed_s(method: Method, asked_s: float) -> float:
    """Returns the time that a call has: the least of its caller's deadline and the contract's.

    The contract's counts from when the call was queued. grpcio reports about 9e18 s when the
    caller set none.
    """
    return min(asked_s, method.deadline_s - waited_s())
