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
from mesh.rpc.interceptors.admission import admission
from mesh.rpc.interceptors.authentication import peer_of
from mesh.rpc.interceptors.chain import Handler, Interceptor, compose
from mesh.rpc.interceptors.database import database
from mesh.rpc.interceptors.idempotency import replays
from mesh.rpc.interceptors.observation import observed
from mesh.rpc.interceptors.shedding import shedding
from mesh.rpc.streaming.broadcaster import Broadcaster
from mesh.rpc.streaming.handlers import watch_handler


def standard_interceptors(keys: JwksCache, drain_interceptor: Interceptor) -> list[Interceptor]:
    """Returns them outermost first."""
    return [
        observed,
        drain_interceptor,
        shedding(Shedder()),
        database,
        admission(keys, peer_of()),
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
        descriptor = descriptor_pool.Default().FindServiceByName(name)
        handlers = {
            method.name: self._handler(method, service_class)
            for method in Contract.from_services(descriptor)
        }
        return grpc.method_handlers_generic_handler(name, handlers)

    def _handler(
        self, method: Method, service_class: type[Service]
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
        servicer = _servicer(service_class, method.name)
        behavior = compose(self._interceptors, method, servicer)
        return _unary_handler(method, behavior)


def _servicer(service_class: type[Service], action: str) -> Handler:
    """Returns what `as_servicer` would, without signals to close what `database` closes."""
    run = getattr(service_class, action)

    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        service = service_class()
        service.request, service.context, service.action = request, context, action
        return run(service, request, context)

    return handle


def _unary_handler(
    method: Method, behavior: Callable[..., object]
) -> "grpc.RpcMethodHandler[Any, Any]":
    return grpc.unary_unary_rpc_method_handler(
        behavior,
        request_deserializer=None,  # `admission` does it
        response_serializer=method.response_class.SerializeToString,
    )
