"""The part of the health check that asks a gRPC server; loaded only for one."""

from importlib import import_module

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from mesh.core import config

_SERVING = health_pb2.HealthCheckResponse.SERVING


def complaint(address: str, within_s: float) -> str | None:
    """Returns what its health service says when it does not serve."""
    with _channel(address) as channel:
        check = health_pb2_grpc.HealthStub(channel).Check
        try:
            status = check(health_pb2.HealthCheckRequest(), timeout=within_s).status
        except grpc.RpcError as error:
            return str(error.code().name)
    if status == _SERVING:
        return None
    return str(health_pb2.HealthCheckResponse.ServingStatus.Name(status))


def _channel(address: str) -> grpc.Channel:
    """Returns a channel, by TLS where that is on; the process probed is the same service's."""
    if not config.flag("MESH_TLS", False):
        return grpc.insecure_channel(address)
    tls, service = import_module("mesh.auth.tls"), config.text("SERVICE", "")
    opened: grpc.Channel = tls.channel(grpc, service, address, tls.from_env(service).current())
    return opened
