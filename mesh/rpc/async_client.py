"""Calls and streams to services from a process that runs on asyncio, the edge.

Identity, deadline, request id and trace of the call being served go along; errors come
back as DomainError, as from `mesh.rpc.client`.
"""

from collections.abc import Callable, Coroutine
from functools import lru_cache
from typing import Any

import grpc.aio
from google.protobuf.message import Message

from market.batch.v1 import batch_pb2
from mesh import context
from mesh.auth.tokens import ServiceTokens
from mesh.contract.model import Method
from mesh.rpc import metadata as call_metadata
from mesh.rpc.async_channels import AsyncChannels
from mesh.rpc.batching import envelope
from mesh.rpc.batching.async_coalescer import AsyncCoalescer
from mesh.rpc.interceptors.client import remote_error
from mesh.rpc.interceptors.telemetry import calling
from mesh.rpc.streaming.open_streams import OpenStreams
from mesh.rpc.streaming.subscription import WAITING


class RemoteStream:
    """A stream's messages, read one at a time. Methods raise DomainError."""

    def __init__(self, call: "grpc.aio.UnaryStreamCall[Any, Any]", service: str) -> None:
        self._call = call
        self._service = service

    async def waits(self) -> bool:
        """Returns, once headers came, whether they say that the stream is open without an event."""
        return WAITING in await self._call.initial_metadata()

    async def read(self) -> Message | None:
        """Returns the next message; None at the end."""
        try:
            message: Any = await self._call.read()
        except grpc.aio.AioRpcError as error:
            raise remote_error(error, self._service) from error
        return message if isinstance(message, Message) else None  # else it is grpc.aio.EOF

    def cancel(self) -> None:
        self._call.cancel()


Invoke = Callable[[Message], Coroutine[Any, Any, Message]]
Open = Callable[[Message], RemoteStream]


class AsyncClient:
    """Makes a function of each RPC, which calls it for the call being served."""

    def __init__(self, channels: AsyncChannels, tokens: ServiceTokens | None) -> None:
        self._channels = channels
        self._tokens = tokens

    def unary(self, method: Method) -> Invoke:
        """Returns a function that calls the RPC.

        It raises DomainError, and DeadlineExceeded before the client's time is up. Calls of an
        RPC that the contract says is `coalesced` may travel together.
        """
        alone = _Unary(method, self._channels, self._tokens).call
        if not method.coalesced:
            return _recorded(method, alone)
        batches = _Batches(method.served_by, self._channels, self._tokens)
        return _recorded(method, AsyncCoalescer(method, alone, batches.send).call)

    def streaming(self, method: Method) -> Open:
        """Returns a function that opens a stream.

        It raises DeadlineExceeded when no time is left, and TooManyStreams.
        """
        return _Streaming(method, self._channels, self._tokens).open


def _recorded(method: Method, call: Invoke) -> Invoke:
    """Returns `call` inside a span and a measurement, whether it goes alone or in a batch."""

    async def invoke(request: Message) -> Message:
        with calling(method):
            return await call(request)

    return invoke


class _Rpc:
    """One RPC, called on the current channel to the service that serves it."""

    KIND: str  # names the method of a channel that makes a multicallable

    def __init__(
        self, method: Method, channels: AsyncChannels, tokens: ServiceTokens | None
    ) -> None:
        self._method = method
        self._service = method.served_by
        self._channels = channels
        self._tokens = tokens
        self._multicallable = lru_cache(maxsize=1)(self._make_multicallable)

    def _make_multicallable(self, channel: grpc.aio.Channel) -> Any:
        return getattr(channel, self.KIND)(
            self._method.path,
            request_serializer=self._method.request_class.SerializeToString,
            response_deserializer=self._method.response_class.FromString,
        )

    def _prepare(self, call: context.Call | None) -> tuple[Any, float, call_metadata.Metadata]:
        """Returns the multicallable, timeout and metadata. Raises DeadlineExceeded."""
        timeout_s = call_metadata.timeout_s(call, self._method)
        metadata = call_metadata.metadata(call, self._tokens, self._service)
        return self._multicallable(self._channels.to(self._service)), timeout_s, metadata


class _Unary(_Rpc):
    KIND = "unary_unary"

    async def call(self, request: Message) -> Message:
        call = context.current()
        multicallable, timeout_s, metadata = self._prepare(call)
        try:
            invoked = multicallable(request, timeout=timeout_s, metadata=metadata)
            response: Message = await invoked
        except grpc.aio.AioRpcError as error:
            raise remote_error(error, self._service) from error
        if call is not None and self._method.generates_request_id:
            call.replayed = call_metadata.REPLAYED in await invoked.trailing_metadata()
        if call is not None and call.max_age_s:
            age_ms = (await invoked.trailing_metadata()).get(call_metadata.AGE_MS)
            call.age_s = int(age_ms or 0) / 1000
        return response


class _Batches(_Rpc):
    """The RPC of one service that carries calls of others."""

    KIND = "unary_unary"

    def __init__(self, service: str, channels: AsyncChannels, tokens: ServiceTokens | None) -> None:
        super().__init__(envelope.CALL, channels, tokens)
        self._service = service

    async def send(self, batch: batch_pb2.CallRequest, timeout_s: float) -> batch_pb2.CallResponse:
        multicallable = self._multicallable(self._channels.to(self._service))
        with envelope.span(batch) as span:
            metadata = call_metadata.metadata(None, self._tokens, self._service)
            try:
                response: batch_pb2.CallResponse = await multicallable(
                    batch, timeout=timeout_s, metadata=metadata
                )
            except grpc.aio.AioRpcError as error:
                span.fail(error.code().name)
                raise remote_error(error, self._service) from error
            return response


class _Streaming(_Rpc):
    KIND = "unary_stream"

    def __init__(
        self, method: Method, channels: AsyncChannels, tokens: ServiceTokens | None
    ) -> None:
        super().__init__(method, channels, tokens)
        self._streams = OpenStreams(method.max_open_streams_per_caller)

    def open(self, request: Message) -> RemoteStream:
        call = context.serving_now()
        multicallable, timeout_s, metadata = self._prepare(call)
        release = self._streams.open(call)
        opened = multicallable(request, timeout=timeout_s, metadata=metadata)
        opened.add_done_callback(lambda _: release())
        return RemoteStream(opened, self._service)
