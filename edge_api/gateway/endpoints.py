"""Endpoints: each HTTP binding of the contract, compiled from the descriptors."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from django.http import HttpResponseBase
from google.protobuf.message import Message
from rest_framework.request import Request

from edge_api.codec import Decoder, Encoder
from edge_api.gateway.life_cycle import Announcement
from edge_api.gateway.negotiation import ANY, EVENTS, JSON, Renderers
from edge_api.transcoding.request import Binding
from edge_api.transcoding.response import Reply
from edge_api.transcoding.router import Routes
from edge_api.transcoding.sse import EventStream
from mesh.contract.model import Contract, HttpBinding, Method
from mesh.rpc.async_client import AsyncClient, Invoke

Respond = Callable[[Message, Request], Awaitable[HttpResponseBase]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One HTTP binding of an RPC, compiled before the first request.

    `respond` calls the RPC with a message and returns the response. `renderers` are the forms
    that the response may have. `stream` is set where the RPC is server-streaming,
    `announcement` where it is deprecated.
    """

    method: Method
    http: HttpBinding
    binding: Binding
    respond: Respond
    renderers: Renderers
    stream: EventStream | None = None
    announcement: Announcement | None = None


class Endpoints:
    """Compiles endpoints for one process. `closing` is set when the process is to end."""

    def __init__(self, remote: AsyncClient, closing: asyncio.Event) -> None:
        self._remote = remote
        self._closing = closing
        self._encoder, self._decoder = Encoder(), Decoder()

    def of(self, contract: Contract) -> Iterator[Endpoint]:
        """Yields every binding whose RPC is not internal. Raises ContractError."""
        for method in contract:
            if method.access.internal:
                continue
            if method.descriptor.server_streaming:
                yield from self._streams(method, contract)
            else:
                yield from self._replies(method, contract)

    def _streams(self, method: Method, contract: Contract) -> Iterator[Endpoint]:
        open_ = self._remote.streaming(method)
        for http in method.bindings:
            binding = Binding(method, http, self._decoder)
            stream = EventStream(method, http, self._encoder, open_, self._closing)
            told = _announcement(method, http, contract)
            yield Endpoint(method, http, binding, stream, EVENTS, stream, told)

    def _replies(self, method: Method, contract: Contract) -> Iterator[Endpoint]:
        invoke = self._remote.unary(method)
        for http in method.bindings:
            binding = Binding(method, http, self._decoder)
            reply = Reply(method, http, contract, self._encoder, binding.preconditions)
            renderers = ANY if reply.raw else JSON
            told = _announcement(method, http, contract)
            respond = _responding(invoke, reply)
            yield Endpoint(method, http, binding, respond, renderers, announcement=told)


def _announcement(method: Method, http: HttpBinding, contract: Contract) -> Announcement | None:
    cycle = method.life_cycle
    return None if cycle is None else Announcement(cycle, http.verb, contract)


def _responding(invoke: Invoke, reply: Reply) -> Respond:
    async def respond(message: Message, request: Request) -> HttpResponseBase:
        return reply(await invoke(message), request.META)

    return respond


def routes_to(endpoints: list[Endpoint]) -> Routes[Endpoint]:
    """Raises ContractError when two bindings claim the same method and path."""
    routes: Routes[Endpoint] = Routes()
    for endpoint in endpoints:
        routes.add(endpoint.http.verb, endpoint.binding.template, endpoint)
    return routes
