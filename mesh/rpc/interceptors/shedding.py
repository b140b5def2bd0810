"""Refuses RPCs that waited too long for a thread, before any work is spent on them."""

from typing import Any

import grpc

from mesh.context import Call, serving_now
from mesh.contract.model import Method
from mesh.core.shedding import Overloaded, check_wait
from mesh.rpc.interceptors.chain import Handler
from mesh.rpc.threads import waited_s
from mesh.rpc.trailers import add_trailers
from mesh.telemetry.metrics import RPC_SHED

# Tells the caller's gRPC to leave its retry policy unused, as retries would add to the load.
# Source: gRFC A6, "Pushback": a negative number means not to retry.
NO_RETRY = ("grpc-retry-pushback-ms", "-1")


class Queue:
    """The queue of one RPC's calls for a thread."""

    def __init__(self, method: Method) -> None:
        self._shed = RPC_SHED.labels(method.full_name)

    def check(self, call: Call) -> None:
        """Raises Overloaded where the thread's call waited too long, and counts it."""
        waited = waited_s()
        try:
            check_wait(waited, call.remaining_s() + waited)
        except Overloaded:
            self._shed.inc()
            raise


def shedding(method: Method, call_next: Handler) -> Handler:
    queue = Queue(method)

    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        try:
            queue.check(serving_now())
        except Overloaded:
            add_trailers(context, NO_RETRY)
            raise
        return call_next(request, context)

    return handle
