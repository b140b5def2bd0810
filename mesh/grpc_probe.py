"""The part of the health check that asks a gRPC server; loaded only for one."""

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from mesh import env, tls

_SERVING = health_pb2.HealthCheckResponse.SERVING


def complaint(address: str, within_s: float) -> str | None:
    """What its health service says when it does not serve."""
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
    """By TLS where that is on; the process probed is the same service's as we."""
    service = env.text("SERVICE", "")
    certificates = tls.from_env(service)
    if certificates is None:
        return grpc.insecure_channel(address)
    credentials = tls.channel_credentials(certificates.current())
    return grpc.secure_channel(address, credentials, tls.channel_options(service))
