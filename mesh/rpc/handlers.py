"""Makes the gRPC handlers of a service's RPCs, inside the kit's interceptors."""

from collections.abc import Callable, Sequence
from typing import Any

import grpc
from django_grpc_framework.services import Service
from google.protobuf import descriptor_pool

from mesh.auth.jwks import JwksCache
from mesh.contract.model import Contract, ContractError, Method
from mesh.db.replica import Replica
from mesh.rpc.batching import envelope
from mesh.rpc.batching.servicer import (
    BatchServicer,
    Coalesced,
    Serve,
    one_by_one,
    read_alone,
    together,
)
from mesh.rpc.definition import RpcDefinition
from mesh.rpc.interceptors.admission import admission
from mesh.rpc.interceptors.authentication import peer_of
from mesh.rpc.interceptors.chain import Handler, Interceptor, compose
from mesh.rpc.interceptors.database import database
from mesh.rpc.interceptors.idempotency import replays
from mesh.rpc.interceptors.observation import observed
from mesh.rpc.interceptors.shedding import shedding
from mesh.rpc.interceptors.stale_reads import StaleReads, stale_reads
from mesh.rpc.streaming.broadcaster import Broadcaster
from mesh.rpc.streaming.handlers import watch_handler


def standard_interceptors(
    keys: JwksCache,
    drain_interceptor: Interceptor,
    replica: Replica | None = None,
) -> list[Interceptor]:
    """Returns them outermost first."""
    return [
        observed,
        drain_interceptor,
        shedding,
        database,
        admission(keys, peer_of()),
        replays,
        stale_reads(replica),
    ]


class Handlers:
    """Makes the handlers of a wiring's gRPC services."""

    def __init__(
        self,
        wiring: RpcDefinition,
        broadcaster: Broadcaster,
        interceptors: Sequence[Interceptor],
        coalesced: Callable[[Method, Serve, StaleReads | None], Coalesced],
        replica: Replica | None = None,
    ) -> None:
        self._wiring = wiring
        self._broadcaster = broadcaster
        self._interceptors = interceptors
        self._coalesced = coalesced
        self._replica = replica

    def all(self) -> "list[grpc.GenericRpcHandler[Any, Any]]":
        """Returns the handlers of every service, and of the one that carries calls in batches.

        Raises ContractError when an RPC is not served, or wired as what it is not.
        """
        return [*map(self.of, self._wiring.serves), self._batches()]

    def of(self, name: str) -> "grpc.GenericRpcHandler[Any, Any]":
        """Returns the handlers of one gRPC service. Raises ContractError when one is not served."""
        service_class = self._wiring.serves[name]
        handlers = {method.name: self._handler(method, service_class) for method in _methods(name)}
        return grpc.method_handlers_generic_handler(name, handlers)

    def _handler(
        self, method: Method, service_class: type[Service]
    ) -> "grpc.RpcMethodHandler[Any, Any]":
        if method.descriptor.client_streaming:
            raise ContractError(f"{method.path}: this server takes no streams")
        if method.descriptor.server_streaming:
            watch = self._wiring.watches.get(method.full_name)
            if watch is None:
                raise ContractError(f"no watch is wired for {method.path}")
            return watch_handler(method, watch, self._broadcaster, self._interceptors)
        servicer = self._servicer(method, service_class)
        return _unary_handler(method, compose(self._interceptors, method, servicer))

    def _servicer(self, method: Method, service_class: type[Service]) -> Handler:
        if read := self._wiring.reads.get(method.full_name):
            return read_alone(read)
        if not hasattr(service_class, method.name):
            raise ContractError(
                f"{service_class.__name__} lacks {method.name} of {method.service_name}"
            )
        servicer: Handler = getattr(service_class.as_servicer(), method.name)
        return servicer

    def _batches(self) -> "grpc.GenericRpcHandler[Any, Any]":
        coalesced = {
            method.path: self._coalesced(
                method, self._serve(method, service_class), self._stale(method)
            )
            for name, service_class in self._wiring.serves.items()
            for method in _methods(name)
            if method.coalesced
        }
        if unknown := {f"/{name}" for name in self._wiring.writes} - coalesced.keys():
            raise ContractError(f"not coalesced, but wired as writes: {', '.join(sorted(unknown))}")
        behavior = compose(self._interceptors, envelope.CALL, BatchServicer(coalesced).call)
        handlers = {envelope.CALL.name: _unary_handler(envelope.CALL, behavior)}
        return grpc.method_handlers_generic_handler(envelope.CALL.service_name, handlers)

    def _stale(self, method: Method) -> StaleReads | None:
        """Returns None also for what has no `Read`, of which each call fails by itself."""
        if self._replica is None or not method.max_age_s:
            return None
        return StaleReads(method, self._replica) if method.full_name in self._wiring.reads else None

    def _serve(self, method: Method, service_class: type[Service]) -> Serve:
        wiring, name = self._wiring, method.full_name
        function = wiring.reads.get(name) or wiring.writes.get(name)
        return together(function) if function else one_by_one(self._servicer(method, service_class))


def _methods(service: str) -> Contract:
    return Contract([descriptor_pool.Default().FindServiceByName(service)])


def _unary_handler(
    method: Method, behavior: Callable[..., object]
) -> "grpc.RpcMethodHandler[Any, Any]":
    return grpc.unary_unary_rpc_method_handler(
        behavior,
        request_deserializer=None,  # `admission` does it
        response_serializer=method.response_class.SerializeToString,
    )
