"""Turns typed errors into statuses, and all others into INTERNAL without their text."""

import time
from typing import Any

import grpc
import structlog
from google.rpc import code_pb2

from mesh.auth.revocations import lists_revocations
from mesh.contract.model import Method
from mesh.core.errors import DomainError, Internal
from mesh.rpc.interceptors.chain import Handler
from mesh.rpc.trailers import abort
from mesh.telemetry.metrics import RPC_SERVER_DURATION

log = structlog.get_logger("rpc")


def errors(method: Method, call_next: Handler) -> Handler:
    """Ends each RPC with a status, and logs and counts it once with its outcome.

    The RPC that every process calls each second is logged only when it fails.
    """
    quiet = lists_revocations(method)

    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        started = time.perf_counter()
        try:
            response = call_next(request, context)
        except DomainError as error:
            _end(method, started, error.reason, code_pb2.Code.Name(error.code))
            abort(context, error)
        except Exception:
            if (code := code_of(context)) != "OK":  # it aborted by itself
                _end(method, started, code, code)
                raise
            log.exception("rpc_failed", rpc=method.path)
            _end(method, started, Internal.reason, "INTERNAL")
            abort(context, Internal("something went wrong on our side"))
        _end(method, started, "OK", code_of(context), quiet=quiet)
        return response

    return handle


def code_of(context: grpc.ServicerContext) -> str:
    """Returns the status that was set so far; OK where none was."""
    code = context.code()  # type: ignore[attr-defined]  # the stubs don't know it
    return "OK" if code is None else str(code.name)


def _end(method: Method, started: float, outcome: str, code: str, *, quiet: bool = False) -> None:
    took_s = time.perf_counter() - started
    RPC_SERVER_DURATION.labels(method.path.removeprefix("/"), code).observe(took_s)
    if not quiet:
        log.info("rpc", rpc=method.path, outcome=outcome, duration_ms=round(took_s * 1000, 1))
