"""The health of a server (grpc.health.v1), which callers watch."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc
from grpc_health.v1 import health
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

Send = Callable[[HealthCheckResponse | None], None]


class HealthServicer(health.HealthServicer):
    """gRPC's, which waits for nobody while it holds its lock.

    gRPC's own sends under its lock, and a send ends when the thread of the server's events says
    so. That thread wants the lock when a client leaves: one that leaves while another is sent to
    would hang the server for good. Here a thread of its own sends. Source: grpc/grpc #43403.
    """

    def __init__(self) -> None:
        super().__init__()
        self._sender = ThreadPoolExecutor(1, thread_name_prefix="health-send")

    def Watch(  # type: ignore[override]  # gRPC always calls it with a callback
        self,
        request: HealthCheckRequest,
        context: grpc.ServicerContext,
        send_response_callback: Send,
    ) -> None:
        def send_later(response: HealthCheckResponse | None) -> None:
            self._sender.submit(send_response_callback, response)

        super().Watch(request, context, send_later)
