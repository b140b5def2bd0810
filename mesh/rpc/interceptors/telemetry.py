"""Records a span for every RPC, served and called, and the duration of every call."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
from google.rpc import code_pb2

from mesh.context import serving_now
from mesh.contract.model import Method
from mesh.core.errors import DomainError
from mesh.rpc.interceptors.chain import Handler
from mesh.rpc.interceptors.errors import code_of
from mesh.telemetry import tracing
from mesh.telemetry.metrics import RPC_CLIENT_DURATION, RPC_THREADS_BUSY
from mesh.telemetry.spans import Attributes, Kind

# Statuses that are the server's fault; the others are the caller's. Source: OpenTelemetry, gRPC.
SERVER_ERRORS = frozenset(
    "UNKNOWN DEADLINE_EXCEEDED UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS".split()
)


def telemetry(method: Method, call_next: Handler) -> Handler:
    """Records a span for each RPC; what `errors`, outside, logs afterwards is in its trace."""
    name, attributes = _described(method)

    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        call, code = serving_now(), "OK"
        opened = tracing.span(name, Kind.SERVER, attributes, parent=call.traceparent)
        with opened as span, RPC_THREADS_BUSY.track_inprogress():
            call.traceparent = tracing.traceparent()
            try:
                response = call_next(request, context)
                code = code_of(context)
            except DomainError as error:
                code = code_pb2.Code.Name(error.code)
                raise
            except Exception:
                code = _code_after_exception(context)
                raise
            finally:
                if code in SERVER_ERRORS:
                    span.fail(code)
                span.set("rpc.response.status_code", code)
                if call.caller.user_id:
                    span.set("enduser.id", call.caller.user_id)
            return response

    return handle


@contextmanager
def calling(method: Method) -> Iterator[None]:
    """Records a call to another service, retries included; the call raises DomainError."""
    name, attributes = _described(method)
    started, code = time.perf_counter(), "CANCELLED"
    with tracing.span(name, Kind.CLIENT, attributes) as span:
        try:
            yield
            code = "OK"
        except DomainError as error:
            code = code_pb2.Code.Name(error.code)
            span.fail(code)
            raise
        finally:
            RPC_CLIENT_DURATION.labels(name, code).observe(time.perf_counter() - started)
            span.set("rpc.response.status_code", code)


def _described(method: Method) -> tuple[str, Attributes]:
    name = method.path.removeprefix("/")
    return name, {"rpc.system.name": "grpc", "rpc.method": name}


def _code_after_exception(context: grpc.ServicerContext) -> str:
    """Returns the status that the servicer aborted with, or that `errors` will set."""
    code = code_of(context)
    return "INTERNAL" if code == "OK" else code
