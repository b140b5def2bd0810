"""Channels for a process that runs on asyncio, the edge.

Same policy as the blocking ones of `mesh.rpc.client`; identity, deadline and errors are
the caller's to add, with `mesh.rpc.metadata`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any, NamedTuple

import grpc.aio
from google.protobuf.message import Message

from mesh import context
from mesh.auth import tls
from mesh.auth.tokens import ServiceTokens
from mesh.contract.model import Contract, Method
from mesh.core import config
from mesh.rpc import metadata as outgoing
from mesh.rpc.client import CLOSES_AFTER_S, channel_options
from mesh.rpc.interceptors.client import remote_error
from mesh.rpc.interceptors.telemetry import calling
from mesh.rpc.streaming.open_streams import OpenStreams
from mesh.rpc.streaming.subscription import WAITING

# Open server-streaming calls from the edge to the services.


class RemoteStream:
    """What a service sends, one message at a time. Methods raise DomainError."""

    def __init__(self, call: "grpc.aio.UnaryStreamCall[Any, Any]", service: str) -> None:
        self._call = call
        self._service = service

    async def waits(self) -> bool:
        """Once the call is answered: whether that only says that it was admitted."""
        metadata = await self._call.initial_metadata()
        return WAITING in metadata

    async def read(self) -> Message | None:
        """The next message; None at the end."""
        try:
            message: Any = await self._call.read()
        except grpc.aio.AioRpcError as error:
            raise remote_error(error, self._service) from error
        return message if isinstance(message, Message) else None  # else it is grpc.aio.EOF

    def cancel(self) -> None:
        self._call.cancel()


Open = Callable[[Message], RemoteStream]


class _Opened(NamedTuple):
    pem: tls.Pem | None
    channel: grpc.aio.Channel


class AioChannels:
    """One channel a service, opened on first use on the loop that runs then.

    `target` says where a service is called; it raises SettingError where nobody said.
    With `certificates` they speak TLS, and are opened anew when those were renewed.
    """

    def __init__(
        self,
        contract: Contract,
        target: Callable[[str], str] = config.target,
        certificates: tls.Certificates | None = None,
    ) -> None:
        self._contract = contract
        self._target = target
        self._certificates = certificates
        self._opened: dict[str, _Opened] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def to(self, service: str) -> grpc.aio.Channel:
        pem = self._certificates.current() if self._certificates is not None else None
        former = self._opened.get(service)
        if former is not None and former.pem is pem:
            return former.channel
        opened = self._open(service, pem)
        self._opened[service] = _Opened(pem, opened)
        if former is not None:
            self._close_later(former.channel)
        return opened

    def _open(self, service: str, pem: tls.Pem | None) -> grpc.aio.Channel:
        target, options = self._target(service), channel_options(service, self._contract)
        if pem is None:
            return grpc.aio.insecure_channel(target, options)
        options += tls.channel_options(service)
        return grpc.aio.secure_channel(target, tls.channel_credentials(pem), options)

    def _close_later(self, replaced: grpc.aio.Channel) -> None:
        """After the calls that are under way on it."""
        closing = asyncio.create_task(replaced.close(CLOSES_AFTER_S))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Close them all; calls under way are cancelled."""
        opened, self._opened = self._opened, {}
        for each in opened.values():
            await each.channel.close(None)
        for closing in self._closing:
            closing.cancel()


# Calls from the edge to the services.

Invoke = Callable[[Message], Awaitable[Message]]


class Remote:
    """The services, as seen from here."""

    def __init__(self, channels: AioChannels, tokens: ServiceTokens | None) -> None:
        self._channels = channels
        self._tokens = tokens

    def unary(self, method: Method) -> Invoke:
        """A function that calls the RPC for whoever is being served now.

        It raises DomainError, and DeadlineExceeded before the client's time is up.
        """
        service = method.served_by

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
            try:
                invoked = invoke_on(request, timeout=timeout_s, metadata=metadata)
                response: Message = await invoked
            except grpc.aio.AioRpcError as error:
                raise remote_error(error, service) from error
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
