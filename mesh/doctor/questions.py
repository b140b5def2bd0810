"""What the doctor asks any gRPC server: how it is, and what it serves."""

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from mesh.doctor.us import WITHIN_S

SERVING = health_pb2.HealthCheckResponse.SERVING


def health_of(channel: grpc.Channel) -> int:
    """Raises RpcError."""
    stub = health_pb2_grpc.HealthStub(channel)
    return int(stub.Check(health_pb2.HealthCheckRequest(), timeout=WITHIN_S).status)


def served_by(channel: grpc.Channel) -> set[str]:
    """The gRPC services that the server says it has, by reflection. Raises RpcError."""
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    asked = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
    (answer,) = stub.ServerReflectionInfo(asked, timeout=WITHIN_S)
    return {service.name for service in answer.list_services_response.service}


def reason_of(error: grpc.RpcError) -> str:
    """What the call ended with, without gRPC's list of all that it tried."""
    code = error.code().name.lower().replace("_", " ")
    last = str(error.details() or "").rpartition(": ")[2]
    return f"{code} ({last})" if last else code
