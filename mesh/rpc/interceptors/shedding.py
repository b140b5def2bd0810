"""Refuses RPCs that waited too long for a thread, before any work is spent on them."""

import time
from typing import Any

import grpc

from mesh.context import serving_now
from mesh.contract.model import Method
from mesh.core.shedding import Overloaded, Shedder
from mesh.rpc.interceptors.chain import Handler, Interceptor
from mesh.rpc.threads import waited_s
from mesh.rpc.trailers import add_trailers
from mesh.telemetry.metrics import RPC_SHED

# Tells the caller's gRPC to leave its retry policy unused, as retries would add to the load.
# Source: gRFC A6, "Pushback": a negative number means not to retry.
NO_RETRY = ("grpc-retry-pushback-ms", "-1")


def shedding(shedder: Shedder) -> Interceptor:
    def interceptor(method: Method, call_next: Handler) -> Handler:
        shed = RPC_SHED.labels(method.path.removeprefix("/"))

        def handle(request: Any, context: grpc.ServicerContext) -> Any:
            waited, left_s = waited_s(), serving_now().remaining_s()
            try:
                shedder.check(waited, left_s + waited, time.monotonic())
            except Overloaded:
                shed.inc()
                add_trailers(context, NO_RETRY)
                raise
            return call_next(request, context)

        return handle

    return interceptor
