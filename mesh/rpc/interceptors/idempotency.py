"""Marks replayed responses (AIP-155)."""

from typing import Any

import grpc

from mesh.context import serving_now
from mesh.contract.model import Method
from mesh.rpc.interceptors.chain import Handler
from mesh.rpc.metadata import REPLAYED
from mesh.rpc.trailers import add_trailers


def replays(method: Method, call_next: Handler) -> Handler:
    """Marks a replayed response by a trailer; `Call.replayed` is set by who replays it."""
    if not method.generates_request_id:
        return call_next

    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        response = call_next(request, context)
        if serving_now().replayed:
            add_trailers(context, (REPLAYED, "1"))
        return response

    return handle
