"""Who calls, as verified tokens say; other metadata is believed nothing."""

from dataclasses import replace
from typing import Any

import grpc

from mesh import outgoing
from mesh.auth.jwks import KeyRing
from mesh.auth.tokens import TokenInvalid
from mesh.context import serving_now
from mesh.contract.model import Method
from mesh.core.errors import DeadlineExceeded
from mesh.interceptors.calls import metadata_of
from mesh.interceptors.chain import Handler, Interceptor
from mesh.peers import PeerOf


def callers(keys: KeyRing, peer_of: PeerOf) -> Interceptor:
    def interceptor(method: Method, proceed: Handler) -> Handler:
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
            return proceed(request, context)

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
