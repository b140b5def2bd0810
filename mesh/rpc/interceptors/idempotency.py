"""A request answered before gets its first answer again, and is told so (AIP-155)."""

from typing import Any

import grpc

from mesh.context import caller, serving_now
from mesh.contract.model import Method
from mesh.rpc.idempotency.once import replay
from mesh.rpc.interceptors.chain import Handler
from mesh.rpc.metadata import REPLAYED
from mesh.rpc.trailers import add_trailers


def replays(method: Method, call_next: Handler) -> Handler:
    """Says so of an answer that is a repeat's, whoever found that out."""
    if not method.generates_request_id:
        return call_next

    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        response = call_next(request, context)
        if serving_now().replayed:
            add_trailers(context, (REPLAYED, "1"))
        return response

    return handle


def stored_answers(method: Method, call_next: Handler) -> Handler:
    """Looks for the answer that a servicer stored in its own transaction with `once`.

    Left out where a servicer stores none: `RpcDefinition.finds_repeats`.
    """
    if not method.generates_request_id:
        return call_next

    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        response = _answered_before(method, request)
        return call_next(request, context) if response is None else response

    return handle


def _answered_before(method: Method, request: Any) -> Any:
    if not request.request_id:
        return None
    stored = replay(subject=caller().subject, method=method.path, request=request)
    if stored is None:
        return None
    serving_now().replayed = True
    return method.response_class.FromString(stored)
