"""Makes the gRPC handlers of a service's RPCs, inside the kit's interceptors."""

from collections.abc import Callable, Sequence
from typing import Any

import grpc
from django_grpc_framework.services import Service
from google.protobuf import descriptor_pool

from mesh.auth.jwks import JwksCache
from mesh.contract.model import Contract, ContractError, Method
from mesh.core.shedding import Shedder
from mesh.rpc.definition import RpcDefinition
from mesh.rpc.interceptors.authentication import authentication, peer_of
from mesh.rpc.interceptors.authorization import authorization, validation
from mesh.rpc.interceptors.call_context import open_call
from mesh.rpc.interceptors.chain import Interceptor, compose
from mesh.rpc.interceptors.database import database
from mesh.rpc.interceptors.decoding import decoding
from mesh.rpc.interceptors.errors import errors
from mesh.rpc.interceptors.idempotency import replays
from mesh.rpc.interceptors.shedding import shedding
from mesh.rpc.interceptors.telemetry import telemetry
from mesh.rpc.streaming.broadcaster import Broadcaster
from mesh.rpc.streaming.handlers import watch_handler


def standard_interceptors(keys: JwksCache, drain_interceptor: Interceptor) -> list[Interceptor]:
    """Returns them outermost first: outside `errors` only `open_call`, which can't fail."""
    return [
        open_call,
        errors,
        telemetry,
        drain_interceptor,
        shedding(Shedder()),
        database,
        authentication(keys, peer_of()),
        decoding,
        authorization,
        validation,
        replays,
    ]


class Handlers:
    """Makes the handlers of a wiring's gRPC services."""

    def __init__(
        self, wiring: RpcDefinition, broadcaster: Broadcaster, interceptors: Sequence[Interceptor]
    ) -> None:
        self._wiring = wiring
        self._broadcaster = broadcaster
        self._interceptors = interceptors

    def of(self, name: str) -> "grpc.GenericRpcHandler[Any, Any]":
        """Returns the handlers of one gRPC service. Raises ContractError when one is not served."""
        service_class = self._wiring.serves[name]
        servicer = service_class.as_servicer()
        descriptor = descriptor_pool.Default().FindServiceByName(name)
        handlers = {
            method.name: self._handler(method, service_class, servicer)
            for method in Contract.from_services(descriptor)
        }
        return grpc.method_handlers_generic_handler(name, handlers)

    def _handler(
        self, method: Method, service_class: type[Service], servicer: Any
    ) -> "grpc.RpcMethodHandler[Any, Any]":
        if method.descriptor.client_streaming:
            raise ContractError(f"{method.path}: this server takes no streams")
        if method.descriptor.server_streaming:
            watch = self._wiring.watches.get(method.path.removeprefix("/"))
            if watch is None:
                raise ContractError(f"no watch is wired for {method.path}")
            return watch_handler(method, watch, self._broadcaster, self._interceptors)
        if not hasattr(service_class, method.name):
            raise ContractError(
                f"{service_class.__name__} lacks {method.name} of {method.service_name}"
            )
        behavior = compose(self._interceptors, method, getattr(servicer, method.name))
        return _unary_handler(method, behavior)


def _unary_handler(
    method: Method, behavior: Callable[..., object]
) -> "grpc.RpcMethodHandler[Any, Any]":
    return grpc.unary_unary_rpc_method_handler(
        behavior,
        request_deserializer=None,  # `decoding` does it
        response_serializer=method.response_class.SerializeToString,
    )
