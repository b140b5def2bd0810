"""Unary calls from the edge to the services."""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

import grpc.aio
from google.protobuf.message import Message

from mesh import context, outgoing
from mesh.aio import AioChannels
from mesh.contract import Method
from mesh.interceptors.client import remote_error
from mesh.tokens import ServiceTokens

SERVICE = "edge_api"

Invoke = Callable[[Message], Awaitable[Message]]


class Remote:
    """The services, as seen from here."""

    def __init__(self, channels: AioChannels, mesh_secret: str) -> None:
        self._channels = channels
        self._tokens = ServiceTokens(mesh_secret, SERVICE)

    def unary(self, method: Method) -> Invoke:
        """A function that calls the RPC for whoever is being served now.

        It raises DomainError, and DeadlineExceeded before the client's time is up.
        """
        service = method.served_by

        @cache  # on first use, when the loop runs
        def stub() -> grpc.aio.UnaryUnaryMultiCallable[Any, Any]:
            return self._channels.to(service).unary_unary(
                method.path,
                request_serializer=method.request_class.SerializeToString,
                response_deserializer=method.response_class.FromString,
            )

        async def invoke(request: Message) -> Message:
            call = context.current()
            try:
                response: Message = await stub()(
                    request,
                    timeout=outgoing.timeout_s(call, method),
                    metadata=outgoing.metadata(call, self._tokens, service),
                )
            except grpc.aio.AioRpcError as error:
                raise remote_error(error, service) from error
            return response

        return invoke
