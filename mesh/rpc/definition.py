"""The gRPC services that a process serves, and those that it calls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django_grpc_framework.services import Service

from mesh.auth.jwks import Jwks
from mesh.auth.revocations import ListRevoked
from mesh.rpc.batching.calls import Read, Write
from mesh.rpc.streaming.watch import Watch


@dataclass(frozen=True, kw_only=True)
class RpcDefinition:
    """`serves` maps the full name of each gRPC service to the class that serves it.

    `watches` maps each server-streaming RPC to its `Watch`, by the RPC's `full_name`. `reads`
    maps RPCs, likewise, to the function that serves them, several calls at once where the
    contract says `coalesced`; their class needs no method for them. `writes` maps RPCs that
    change something to the function that serves several calls of them; one alone is served by
    the class. `calls` names the services it calls. `jwks` overrides where the keys of access
    tokens come from; by default the RPC that the contract binds to `/.well-known/jwks.json`.
    `revoked` lists the tokens that were revoked where `jwks` is given; by default the RPC that
    the contract marks as listing them.
    """

    serves: Mapping[str, type[Service]]
    reads: Mapping[str, Read] = field(default_factory=dict)
    writes: Mapping[str, Write] = field(default_factory=dict)
    calls: frozenset[str] = field(default=frozenset())
    watches: Mapping[str, Watch] = field(default_factory=dict)
    jwks: Callable[[], Jwks] | None = None
    revoked: ListRevoked | None = None
