"""Outermost: typed errors go out whole, everything else as INTERNAL without its text."""

import time
from typing import Any

import grpc
import structlog

from mesh.contract import Method
from mesh.errors import DomainError, Internal
from mesh.interceptors.chain import Handler
from mesh.trailers import abort

log = structlog.get_logger("rpc")


def errors(method: Method, proceed: Handler) -> Handler:
    """Turns exceptions into statuses, and logs each RPC once with its outcome."""

    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        started = time.perf_counter()
        try:
            response = proceed(request, context)
        except DomainError as error:
            _log(method, started, error.reason)
            abort(context, error)
        except Exception:
            if context.code() is not None:  # type: ignore[attr-defined]  # it aborted by itself
                raise
            log.exception("rpc_failed", rpc=method.path)
            _log(method, started, Internal.reason)
            abort(context, Internal("something went wrong on our side"))
        _log(method, started, "OK")
        return response

    return handle


def _log(method: Method, started: float, outcome: str) -> None:
    duration_ms = round((time.perf_counter() - started) * 1000, 1)
    log.info("rpc", rpc=method.path, outcome=outcome, duration_ms=duration_ms)
