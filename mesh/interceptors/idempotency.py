"""A request answered before gets its first answer again (AIP-155)."""

from typing import Any

import grpc

from mesh.context import caller
from mesh.contract import Method
from mesh.idempotency.actions import replay
from mesh.interceptors.chain import Handler


def idempotency(method: Method, proceed: Handler) -> Handler:
    """Looks only; the servicer stores the answer in its own transaction with `once`."""
    if not method.generates_request_id:
        return proceed

    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        if request.request_id:
            stored = replay(subject=caller().subject, method=method.path, request=request)
            if stored is not None:
                return type_of_response.FromString(stored)
        return proceed(request, context)

    type_of_response = method.response_class
    return handle
