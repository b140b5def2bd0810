"""Endpoints: each HTTP binding of the contract, compiled from the descriptors."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from google.protobuf.message import Message
from rest_framework.request import Request

from edge_api.codec import Decoder, Encoder
from edge_api.gateway.life_cycle import Announcement
from edge_api.gateway.negotiation import ANY, EVENTS, JSON, Renderers
from edge_api.gateway.shared_cache import SharedCache
from edge_api.gateway.shared_reply import SharedReply
from edge_api.http.response_writer import AnyResponse
from edge_api.transcoding.request import Binding
from edge_api.transcoding.response import Reply
from edge_api.transcoding.router import Routes
from edge_api.transcoding.sse import EventStream
from mesh.contract.model import Contract, HttpBinding, Method
from mesh.rpc.async_client import AsyncClient, Invoke

Respond = Callable[[Message, Request], Awaitable[AnyResponse]]


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


def endpoints_of(
    contract: Contract, remote: AsyncClient, closing: asyncio.Event, cache: SharedCache
) -> Iterator[Endpoint]:
    """Yields every binding whose RPC is not internal. Raises ContractError.

    `closing` is set when the process is to end, `cache` has the responses that callers share.
    """
    encoder, decoder = Encoder(), Decoder()
    published = [
        (one, http) for one in contract if not one.access.internal for http in one.bindings
    ]
    for method, http in published:
        binding = Binding(method, http, decoder)
        told = _announcement(method, http, contract)
        if method.descriptor.server_streaming:
            stream = EventStream(method, http, encoder, remote.streaming(method), closing)
            yield Endpoint(method, http, binding, stream, EVENTS, stream, told)
        else:
            reply = Reply(method, http, contract, encoder, binding.preconditions)
            invoke = remote.unary(method)
            respond: Respond = _responding(invoke, reply)
            if method.max_age_s:
                respond = SharedReply(method, http, invoke, reply, cache)
            renderers = ANY if reply.raw else JSON
            yield Endpoint(method, http, binding, respond, renderers, announcement=told)


def _announcement(method: Method, http: HttpBinding, contract: Contract) -> Announcement | None:
    cycle = method.life_cycle
    return None if cycle is None else Announcement(cycle, http.verb, contract)


def _responding(invoke: Invoke, reply: Reply) -> Respond:
    async def respond(message: Message, request: Request) -> AnyResponse:
        return reply(await invoke(message), request.META)

    return respond


def routes_to(endpoints: list[Endpoint]) -> Routes[Endpoint]:
    """Raises ContractError when two bindings claim the same method and path."""
    routes: Routes[Endpoint] = Routes()
    for endpoint in endpoints:
        routes.add(endpoint.http.verb, endpoint.binding.template, endpoint)
    return routes
