"""Opens the call's context: request id, deadline and trace."""

import re
import time
from typing import Any

import grpc

from mesh import context as call_context
from mesh.contract.model import Method
from mesh.rpc import metadata as call_metadata
from mesh.rpc.interceptors.chain import Handler
from mesh.rpc.threads import waited_s
from mesh.rpc.trailers import add_trailers

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def open_call(method: Method, call_next: Handler) -> Handler:
    """Sets the call that logs, errors and spans refer to; its id is returned as a trailer."""

    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        metadata = metadata_of(context)
        call = call_context.Call(
            method=method.path,
            request_id=_request_id(metadata.get(call_metadata.REQUEST_ID, "")),
            deadline=time.monotonic() + _allowed_s(method, context),
            traceparent=metadata.get(call_metadata.TRACEPARENT, ""),
            access=method.access,
        )
        add_trailers(context, (call_metadata.REQUEST_ID, call.request_id))
        with call_context.serving(call):
            return call_next(request, context)

    return handle


def metadata_of(context: grpc.ServicerContext) -> dict[str, str]:
    return {key: value for key, value in context.invocation_metadata() if isinstance(value, str)}


def _request_id(received: str) -> str:
    return received if _REQUEST_ID.fullmatch(received) else call_context.new_request_id()


def _allowed_s(method: Method, context: grpc.ServicerContext) -> float:
    """Returns the time that the call has: the least of its caller's deadline and the contract's.

    The contract's counts from when the call was queued. grpcio reports about 9e18 s when the
    caller set none.
    """
    return min(context.time_remaining(), method.deadline_s - waited_s())
