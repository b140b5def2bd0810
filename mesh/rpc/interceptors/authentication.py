"""Authenticates a caller: its user by an access token, its service by certificate or token.

A service is known by its certificate where TLS is on, else by its service token. Metadata
that is not verified is not believed. With TLS on, a certificate that names no service of the
contract gets nothing at all from a server, its health and reflection included.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from typing import Any

import grpc
from django.conf import settings

from mesh.auth import tls
from mesh.auth.access import NOBODY, Caller
from mesh.auth.tokens import ServiceTokens, TokenInvalid
from mesh.contract.model import Contract
from mesh.rpc import metadata as call_metadata

# Returns the calling service, from a call and its metadata; NOBODY without an identity.
PeerOf = Callable[[grpc.ServicerContext, Mapping[str, str]], Caller]


def bearer(header: str) -> str:
    """Returns the token of an `Authorization` header; empty without one. Raises TokenInvalid."""
    if not header:
        return ""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenInvalid("Authorization must be: Bearer, a space, and an access token")
    return token


def peer_of() -> PeerOf:
    """Returns how this process authenticates services: by certificate with TLS, else by token."""
    tokens = service_tokens()
    return known_by_certificate if tokens is None else known_by_token(tokens)


def service_tokens() -> ServiceTokens | None:
    """Returns what makes this process's service tokens; None where TLS identifies it."""
    if settings.MESH_CERTIFICATES is not None:
        return None
    return ServiceTokens(settings.MESH_SECRET, settings.SERVICE)


def known_by_token(tokens: ServiceTokens) -> PeerOf:
    def peer(_: grpc.ServicerContext, metadata: Mapping[str, str]) -> Caller:
        """Raises TokenInvalid."""
        token = metadata.get(call_metadata.SERVICE_IDENTITY, "")
        return tokens.verify(token) if token else NOBODY

    return peer


def known_by_certificate(context: grpc.ServicerContext, _: Mapping[str, str]) -> Caller:
    return _service_caller(tls.service_of(context.auth_context()))


@lru_cache(maxsize=64)
def _service_caller(service: str) -> Caller:
    return Caller(service=service)


class MeshPeersOnly(grpc.ServerInterceptor):  # type: ignore[type-arg]  # generic in stubs only
    """Refuses every call whose certificate names none of the mesh's services."""

    def __init__(self, contract: Contract) -> None:
        self._members = members(contract)
        self._guarded: dict[str, Any] = {}

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        method = handler_call_details.method
        if method not in self._guarded:
            handler = continuation(handler_call_details)
            if handler is None:
                return None
            self._guarded[method] = self._guard(handler)
        return self._guarded[method]

    def _guard(self, handler: Any) -> Any:
        behaviors = ("unary_unary", "unary_stream", "stream_unary", "stream_stream")
        found = {name: getattr(handler, name) for name in behaviors}
        return handler._replace(
            **{name: self._checked(behavior) for name, behavior in found.items() if behavior}
        )

    def _checked(self, behavior: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(behavior)  # grpc looks for marks on a behavior
        def checked(request: Any, context: grpc.ServicerContext, *rest: Any) -> Any:
            if tls.service_of(context.auth_context()) not in self._members:
                context.abort(grpc.StatusCode.PERMISSION_DENIED, "not a service of this mesh")
            return behavior(request, context, *rest)

        return checked


def members(contract: Contract) -> frozenset[str]:
    """Returns every service that the contract names, and the edge."""
    named = {service for method in contract for service in method.access.services}
    return frozenset({call_metadata.EDGE, *named, *(method.served_by for method in contract)})
