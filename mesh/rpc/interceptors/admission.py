"""Admits a call: knows its caller, decodes its request, and checks both by the contract.

Left to grpc, bytes that can't be decoded would end in INTERNAL, as if the server were at fault.
"""

from typing import Any

import grpc
from google.protobuf.message import DecodeError, Message

from mesh.auth.access import Caller, authorize
from mesh.auth.jwks import JwksCache
from mesh.context import Call, serving_now
from mesh.contract.model import Method
from mesh.contract.validation import check
from mesh.core.errors import DeadlineExceeded, InvalidArgument
from mesh.rpc import metadata as call_metadata
from mesh.rpc.interceptors.authentication import PeerOf, bearer
from mesh.rpc.interceptors.call_context import metadata_of
from mesh.rpc.interceptors.chain import Handler, Interceptor
from mesh.rpc.interceptors.life_cycle import deprecated
from mesh.rpc.trailers import add_trailers


class Admission:
    """What every call of one RPC passes, alone or in a batch, before anything is done for it."""

    def __init__(self, method: Method, keys: JwksCache) -> None:
        self._method = method
        self._keys = keys
        self._decode = method.request_class.FromString
        self.deprecated = deprecated(method)

    def __call__(
        self, call: Call, peer: Caller, user_token: str, client_address: str, request: bytes
    ) -> Message:
        """Returns the request, and sets the call's caller. Raises DomainError.

        `peer` is the verified service that sent the call, and `user_token` what it sent along,
        which is verified here; the client's address is believed from the edge only.
        """
        if call.remaining_s() <= 0:
            raise DeadlineExceeded("the deadline had passed when the call arrived")
        call.caller = peer
        if peer.service == call_metadata.EDGE:
            call.client_address = client_address
        if user_token:
            user = self._keys.verify(user_token)
            call.caller = Caller(user.user_id, user.scopes, peer.service, user.token_version)
            call.user_token = user_token
        if self.deprecated is not None:
            self.deprecated.check(call.caller)
        message = self._decoded(request)
        authorize(self._method.access, call.caller, message)
        check(message)
        return message

    def _decoded(self, request: bytes) -> Message:
        if len(request) > self._method.max_message_bytes:
            most_bytes = self._method.max_message_bytes
            raise InvalidArgument(f"this request may have {most_bytes} bytes at most")
        try:
            return self._decode(request)
        except DecodeError as error:
            name = self._method.descriptor.input_type.full_name
            raise InvalidArgument(f"the request is no {name}") from error


def admission(keys: JwksCache, peer_of: PeerOf) -> Interceptor:
    def interceptor(method: Method, call_next: Handler) -> Handler:
        admit = Admission(method, keys)

        def handle(request: Any, context: grpc.ServicerContext) -> Any:
            metadata = metadata_of(context)
            if admit.deprecated is not None:
                add_trailers(context, *admit.deprecated.trailers)
            message = admit(
                serving_now(),
                peer_of(context, metadata),
                bearer(metadata.get(call_metadata.AUTHORIZATION, "")),
                metadata.get(call_metadata.CLIENT_ADDRESS, ""),
                request,
            )
            return call_next(message, context)

        return handle

    return interceptor
