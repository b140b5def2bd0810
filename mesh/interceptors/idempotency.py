"""A request answered before gets its first answer again (AIP-155)."""

from typing import Any

import grpc

from mesh.context import caller, serving_now
from mesh.contract import Method
from mesh.idempotency.actions import replay
from mesh.interceptors.chain import Handler
from mesh.outgoing import REPLAYED
from mesh.trailers import add_trailers


def idempotency(method: Method, proceed: Handler) -> Handler:
    """Looks, and says so when it was answered before.

    The servicer stores the answer in its own transaction with `once`.
    """
    if not method.generates_request_id:
        return proceed

    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        response = _answered_before(method, request)
        if response is None:
            response = proceed(request, context)
        if serving_now().replayed:
            add_trailers(context, (REPLAYED, "1"))
        return response

    return handle


def _answered_before(method: Method, request: Any) -> Any:
    if not request.request_id:
        return None
    stored = replay(subject=caller().subject, method=method.path, request=request)
    if stored is None:
        return None
    serving_now().replayed = True
    return method.response_class.FromString(stored)
