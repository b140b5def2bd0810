"""A plain grpcio server, as its tutorial starts one."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc

from dev.ports import HOST
from market.user.v1 import user_pb2_grpc
from tests.bench.system import THREADS


def serve(servicer: Any, port: int) -> None:
    """Serves a UserService until the process is ended."""
    server = grpc.server(ThreadPoolExecutor(THREADS))
    user_pb2_grpc.add_UserServiceServicer_to_server(servicer, server)
    server.add_insecure_port(f"{HOST}:{port}")
    server.start()
    server.wait_for_termination()
