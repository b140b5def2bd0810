"""Which service calls: the one of its certificate where TLS is on, else of its token.

With TLS on, a certificate that names no service of the contract gets nothing at all from
a server, its health and reflection included.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache, wraps
from typing import Any

import grpc
from django.conf import settings

from mesh.auth import tls
from mesh.auth.access import NOBODY, Caller
from mesh.auth.jwks import JwksCache
from mesh.auth.tokens import ServiceTokens, TokenInvalid
from mesh.context import serving_now
from mesh.contract.model import Contract, Method
from mesh.core.errors import DeadlineExceeded
from mesh.rpc import metadata as outgoing
from mesh.rpc.interceptors.call_context import metadata_of
from mesh.rpc.interceptors.chain import Handler, Interceptor

PeerOf = Callable[[grpc.ServicerContext, Mapping[str, str]], Caller]


def service_tokens() -> ServiceTokens | None:
    """What says who we are; None where TLS does."""
    if settings.MESH_CERTIFICATES is not None:
        return None
    return ServiceTokens(settings.MESH_SECRET, settings.SERVICE)


def peer_of() -> PeerOf:
    """How this process knows who calls."""
    tokens = service_tokens()
    return known_by_certificate if tokens is None else known_by_token(tokens)


def known_by_token(tokens: ServiceTokens) -> PeerOf:
    def peer(_: grpc.ServicerContext, metadata: Mapping[str, str]) -> Caller:
        """Raises TokenInvalid."""
        token = metadata.get(outgoing.SERVICE_IDENTITY, "")
        return tokens.verify(token) if token else NOBODY

    return peer


def known_by_certificate(context: grpc.ServicerContext, _: Mapping[str, str]) -> Caller:
    return _called(tls.service_of(context.auth_context()))


@lru_cache(maxsize=64)
def _called(service: str) -> Caller:
    return Caller(service=service)


def members(contract: Contract) -> frozenset[str]:
    """Every service that the contract names, and the edge."""
    named = {service for method in contract for service in method.access.services}
    return frozenset({outgoing.EDGE, *named, *(method.served_by for method in contract)})


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


# Who calls, as verified tokens say; other metadata is believed nothing.


def authentication(keys: JwksCache, peer_of: PeerOf) -> Interceptor:
    def interceptor(method: Method, call_next: Handler) -> Handler:
        def handle(request: Any, context: grpc.ServicerContext) -> Any:
            metadata, call = metadata_of(context), serving_now()
            if call.remaining_s() <= 0:
                raise DeadlineExceeded("the deadline had passed when the call arrived")
            call.caller = peer_of(context, metadata)
            if call.caller.service == outgoing.EDGE:
                call.client_address = metadata.get(outgoing.CLIENT_ADDRESS, "")
            if user_token := bearer(metadata.get(outgoing.AUTHORIZATION, "")):
                user = keys.verify(user_token)
                call.caller = replace(user, service=call.caller.service)
                call.user_token = user_token
            return call_next(request, context)

        return handle

    return interceptor


def bearer(header: str) -> str:
    """The token of an `Authorization` header, or empty without one. Raises TokenInvalid."""
    if not header:
        return ""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenInvalid("Authorization must be: Bearer, a space, and an access token")
    return token
