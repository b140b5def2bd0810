"""How the doctor calls another service: as its own service does, without retries."""

from dataclasses import dataclass
from typing import Any

import grpc

from mesh.auth import tls
from mesh.auth.tokens import ServiceTokens
from mesh.contract.model import Method
from mesh.rpc import metadata as outgoing

WITHIN_S = 2.0


@dataclass(frozen=True)
class Us:
    """Who we are: by certificates where TLS is on, by tokens elsewhere."""

    certificates: tls.Certificates | None
    tokens: ServiceTokens | None

    def channel(self, service: str, target: str) -> grpc.Channel:
        """One that accepts nobody but that service, where TLS is on."""
        if self.certificates is None:
            return grpc.insecure_channel(target)
        credentials = tls.channel_credentials(self.certificates.current())
        return grpc.secure_channel(target, credentials, tls.channel_options(service))

    def call(self, channel: grpc.Channel, method: Method) -> Any:
        """Its answer to an empty request. Raises RpcError."""
        invoke = channel.unary_unary(
            method.path,
            request_serializer=method.request_class.SerializeToString,
            response_deserializer=method.response_class.FromString,
        )
        metadata = outgoing.metadata(None, self.tokens, method.served_by)
        return invoke(method.request_class(), timeout=WITHIN_S, metadata=metadata)
