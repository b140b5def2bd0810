"""Outermost: typed errors go out whole, everything else as INTERNAL without its text."""

import time
from typing import Any, NoReturn

import grpc
import structlog
from grpc_status import rpc_status

from mesh.contract import Method
from mesh.errors import DomainError, Internal, to_status
from mesh.interceptors.chain import Handler
from mesh.revocations import lists_revocations

log = structlog.get_logger("rpc")


def errors(method: Method, proceed: Handler) -> Handler:
    """Turns exceptions into statuses, and logs each RPC once with its outcome.

    What every process asks each second is logged only when it fails.
    """
    quiet = lists_revocations(method)

    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        started = time.perf_counter()
        try:
            response = proceed(request, context)
        except DomainError as error:
            _log(method, started, error.reason)
            _abort(context, error)
        except Exception:
            if context.code() is not None:  # type: ignore[attr-defined]  # it aborted by itself
                raise
            log.exception("rpc_failed", rpc=method.path)
            _log(method, started, Internal.reason)
            _abort(context, Internal("something went wrong on our side"))
        if not quiet:
            _log(method, started, "OK")
        return response

    return handle


def _log(method: Method, started: float, outcome: str) -> None:
    duration_ms = round((time.perf_counter() - started) * 1000, 1)
    log.info("rpc", rpc=method.path, outcome=outcome, duration_ms=duration_ms)


def _abort(context: grpc.ServicerContext, error: DomainError) -> NoReturn:
    context.abort_with_status(rpc_status.to_status(to_status(error)))
