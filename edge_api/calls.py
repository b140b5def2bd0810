"""Calls from the edge to the services."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

import grpc.aio
from google.protobuf.message import Message

from edge_api.concurrency import ConcurrencyLimit
from edge_api.streams import Open, RemoteStream
from mesh import context, outgoing
from mesh.aio import AioChannels
from mesh.auth.tokens import ServiceTokens
from mesh.contract.model import Method
from mesh.interceptors.client import remote_error
from mesh.interceptors.telemetry import calling
from mesh.open_streams import OpenStreams

NOT_BORNE = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
Invoke = Callable[[Message], Awaitable[Message]]


class Remote:
    """The services, as seen from here."""

    def __init__(self, channels: AioChannels, tokens: ServiceTokens | None) -> None:
        self._channels = channels
        self._tokens = tokens
        self._limits: defaultdict[str, ConcurrencyLimit] = defaultdict(ConcurrencyLimit)

    def unary(self, method: Method) -> Invoke:
        """A function that calls the RPC for whoever is being served now.

        It raises DomainError, and DeadlineExceeded before the client's time is up.
        """
        service, limit = method.served_by, self._limits[method.served_by]

        @lru_cache(maxsize=1)
        def on(channel: grpc.aio.Channel) -> grpc.aio.UnaryUnaryMultiCallable[Any, Any]:
            return channel.unary_unary(
                method.path,
                request_serializer=method.request_class.SerializeToString,
                response_deserializer=method.response_class.FromString,
            )

        async def answer(request: Message) -> Message:
            call = context.current()
            timeout_s = outgoing.timeout_s(call, method)
            metadata = outgoing.metadata(call, self._tokens, service)
            invoke_on = on(self._channels.to(service))
            began = limit.enter()
            try:
                invoked = invoke_on(request, timeout=timeout_s, metadata=metadata)
                response: Message = await invoked
            except grpc.aio.AioRpcError as error:
                if error.code() in NOT_BORNE:
                    limit.refused(began)
                else:
                    limit.answered(began, timeout_s)
                raise remote_error(error, service) from error
            except BaseException:
                limit.abandoned()
                raise
            limit.answered(began, timeout_s)
            if call is not None and method.generates_request_id:
                call.replayed = outgoing.REPLAYED in await invoked.trailing_metadata()
            return response

        async def invoke(request: Message) -> Message:
            with calling(method):
                return await answer(request)

        return invoke

    def streaming(self, method: Method) -> Open:
        """A function that opens a stream for whoever is being served now.

        It raises DeadlineExceeded when no time is left, and TooManyStreams.
        """
        service, streams = method.served_by, OpenStreams(method.max_open_streams_per_caller)

        @lru_cache(maxsize=1)
        def on(channel: grpc.aio.Channel) -> grpc.aio.UnaryStreamMultiCallable[Any, Any]:
            return channel.unary_stream(
                method.path,
                request_serializer=method.request_class.SerializeToString,
                response_deserializer=method.response_class.FromString,
            )

        def open_stream(request: Message) -> RemoteStream:
            call = context.serving_now()
            invoke, timeout_s = on(self._channels.to(service)), outgoing.timeout_s(call, method)
            metadata = outgoing.metadata(call, self._tokens, service)
            over = streams.open(call)
            opened = invoke(request, timeout=timeout_s, metadata=metadata)
            opened.add_done_callback(lambda _: over())
            return RemoteStream(opened, service)

        return open_stream
