"""A replica that reports SERVING and fails every call, as one with a broken disk does."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from dev.ports import HOST


class _FailsAll(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # of any request and answer
    def service(self, details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[Any, Any]":
        return grpc.unary_unary_rpc_method_handler(self._fail)

    def _fail(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        context.abort(grpc.StatusCode.UNAVAILABLE, "failing")


@contextmanager
def failing_replica(port: int) -> Iterator[None]:
    server = grpc.server(ThreadPoolExecutor(4))
    healthy = health.HealthServicer()
    healthy.set("", health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
    server.add_generic_rpc_handlers((_FailsAll(),))
    server.add_insecure_port(f"{HOST}:{port}")
    server.start()
    try:
        yield
    finally:
        server.stop(None).wait()
