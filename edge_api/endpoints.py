"""Endpoints: each HTTP binding of the contract, compiled from the descriptors."""

from collections.abc import Iterator
from dataclasses import dataclass

from edge_api.binding import Binding
from edge_api.calls import Invoke, Remote
from edge_api.codec import Decoder, Encoder
from edge_api.replies import Reply
from edge_api.routes import Routes
from mesh.contract import Contract, HttpBinding, Method


@dataclass(frozen=True, slots=True)
class Endpoint:
    """All that serving one binding takes; nothing of it is made while serving."""

    method: Method
    http: HttpBinding
    binding: Binding
    invoke: Invoke
    reply: Reply


def endpoints_of(contract: Contract, remote: Remote) -> Iterator[Endpoint]:
    """Every binding whose RPC somebody outside may call. Raises ContractError."""
    encoder, decoder = Encoder(), Decoder()
    for method in contract:
        if method.access.internal:
            continue
        invoke = remote.unary(method)
        for http in method.bindings:
            binding = Binding(method, http, decoder)
            reply = Reply(method, http, contract, encoder, binding.preconditions)
            yield Endpoint(method, http, binding, invoke, reply)


def routes_to(endpoints: list[Endpoint]) -> Routes[Endpoint]:
    """Raises ContractError when two bindings claim the same method and path."""
    routes: Routes[Endpoint] = Routes()
    for endpoint in endpoints:
        routes.add(endpoint.http.verb, endpoint.binding.template, endpoint)
    return routes
