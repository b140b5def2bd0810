"""The doctor's client of another service: identified as its own service, without retries."""

from dataclasses import dataclass
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from mesh.auth import tls
from mesh.auth.jwks import Jwks, jwks_of
from mesh.auth.tokens import ServiceTokens
from mesh.contract.model import Method
from mesh.core import config
from mesh.rpc.client import unary
from mesh.rpc.metadata import metadata as call_metadata

WITHIN_S = 2.0


@dataclass(frozen=True)
class Identity:
    """The identity of this service: certificates where TLS is on, tokens elsewhere."""

    certificates: tls.Certificates | None
    tokens: ServiceTokens | None

    def channel(self, service: str, target: str) -> grpc.Channel:
        """Returns a channel which, where TLS is on, accepts that service only."""
        pem = self.certificates.current() if self.certificates is not None else None
        opened: grpc.Channel = tls.channel(grpc, service, target, pem)
        return opened

    def call(self, channel: grpc.Channel, method: Method) -> Any:
        """Returns the response to an empty request. Raises RpcError."""
        metadata = call_metadata(None, self.tokens, method.served_by)
        return unary(channel, method)(method.request_class(), timeout=WITHIN_S, metadata=metadata)

    def published_keys(self, method: Method) -> Jwks:
        """Returns the keys of access tokens by their RPC. Raises RpcError, SettingError."""
        with self.channel(method.served_by, config.target(method.served_by)) as channel:
            return jwks_of(self.call(channel, method))


# What the doctor asks any gRPC server: how it is, and what it serves.

SERVING = health_pb2.HealthCheckResponse.SERVING


def health_of(channel: grpc.Channel) -> int:
    """Raises RpcError."""
    stub = health_pb2_grpc.HealthStub(channel)
    return int(stub.Check(health_pb2.HealthCheckRequest(), timeout=WITHIN_S).status)


def served_by(channel: grpc.Channel) -> set[str]:
    """Returns the gRPC services that the server says it has, by reflection. Raises RpcError."""
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    asked = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
    (answer,) = stub.ServerReflectionInfo(asked, timeout=WITHIN_S)
    return {service.name for service in answer.list_services_response.service}


def reason_of(error: grpc.RpcError) -> str:
    """Returns what a call ended with, without gRPC's list of all that it tried."""
    code = error.code().name.lower().replace("_", " ")
    last = str(error.details() or "").rpartition(": ")[2]
    return f"{code} ({last})" if last else code
