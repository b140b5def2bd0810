"""Replays the stored response of a repeated request, and marks replays (AIP-155)."""

from typing import Any

import grpc

from mesh.context import caller, serving_now
from mesh.contract.model import Method
from mesh.rpc.idempotency.once import replay
from mesh.rpc.interceptors.chain import Handler
from mesh.rpc.metadata import REPLAYED
from mesh.rpc.trailers import add_trailers


def replays(method: Method, call_next: Handler) -> Handler:
    """Marks a replayed response by a trailer, whoever replayed it."""
    if not method.generates_request_id:
        return call_next

    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        response = call_next(request, context)
        if serving_now().replayed:
            add_trailers(context, (REPLAYED, "1"))
        return response

    return handle


def stored_answers(method: Method, call_next: Handler) -> Handler:
    """Returns the response that a servicer stored with `once`, in place of a second call.

    Left out where a servicer stores none: `RpcDefinition.finds_repeats`.
    """
    if not method.generates_request_id:
        return call_next

    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        response = _stored_response(method, request)
        return call_next(request, context) if response is None else response

    return handle


def _stored_response(method: Method, request: Any) -> Any:
    if not request.request_id:
        return None
    stored = replay(subject=caller().subject, method=method.path, request=request)
    if stored is None:
        return None
    serving_now().replayed = True
    return method.response_class.FromString(stored)
