"""Serves a service's gRPC classes: interceptors, health, reflection, drain.

A sync server with few threads, one process a core: measured faster than asyncio in
front of the ORM. An RPC without an access rule, or that the class does not implement,
stops the start.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import grpc
import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django_grpc_framework.services import Service
from google.protobuf import descriptor_pool
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from mesh.channel import MAX_MESSAGE_BYTES, published_keys
from mesh.contract import Contract, ContractError, Method
from mesh.interceptors.admission import admission, validation
from mesh.interceptors.callers import callers
from mesh.interceptors.calls import calls
from mesh.interceptors.chain import Interceptor, chained
from mesh.interceptors.database import database
from mesh.interceptors.errors import errors
from mesh.interceptors.idempotency import idempotency
from mesh.keys import KeyRing
from mesh.startup import StartRefused
from mesh.tokens import ServiceTokens
from mesh.wiring import Wiring

OPTIONS = [
    ("grpc.so_reuseport", 0),  # a taken port is an error, not a silent share of its calls
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.http2.min_ping_interval_without_data_ms", 1_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.max_connection_age_ms", 300_000),
    ("grpc.max_connection_age_grace_ms", 30_000),
]
QUEUED_PER_THREAD = 32
PROBE_S = 2.0
DRAIN_NOTICE_S = 0.5
DRAIN_GRACE_S = 8.0

log = structlog.get_logger("server")


@dataclass(frozen=True)
class RunningServer:
    """A started server. Callers follow `health` and stop sending before it drains."""

    grpc_server: grpc.Server
    health: health.HealthServicer
    port: int

    def set_serving(self, serving: bool) -> None:
        status = health_pb2.HealthCheckResponse
        self.health.set("", status.SERVING if serving else status.NOT_SERVING)

    def drain(self) -> None:
        """Finish what was begun, take on nothing new; at most 8 s."""
        self.health.enter_graceful_shutdown()
        threading.Event().wait(DRAIN_NOTICE_S)
        self.grpc_server.stop(DRAIN_GRACE_S).wait()


def start(wiring: Wiring, bind: str) -> RunningServer:
    """Start serving on `bind` (host:port; port 0 takes a free one). Raises StartRefused."""
    threads = settings.GRPC_THREADS
    grpc_server = grpc.server(
        ThreadPoolExecutor(threads, thread_name_prefix="rpc"),
        options=OPTIONS,
        maximum_concurrent_rpcs=threads * QUEUED_PER_THREAD,
    )
    keys = KeyRing(wiring.jwks or published_keys)
    interceptors = standard_interceptors(
        keys, ServiceTokens(settings.MESH_SECRET, settings.SERVICE)
    )
    for name, service_class in wiring.serves.items():
        grpc_server.add_generic_rpc_handlers((handlers(name, service_class, interceptors),))
    health_servicer = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(health_servicer, grpc_server)
    names = [*wiring.serves, health.SERVICE_NAME, reflection.SERVICE_NAME]
    reflection.enable_server_reflection(names, grpc_server)
    try:
        port = grpc_server.add_insecure_port(bind)
    except RuntimeError as error:
        raise StartRefused(f"can't listen on {bind}: is the port taken?") from error
    grpc_server.start()
    return RunningServer(grpc_server, health_servicer, port)


def standard_interceptors(keys: KeyRing, service_tokens: ServiceTokens) -> list[Interceptor]:
    """The first is outermost."""
    return [
        calls,
        errors,
        database,
        callers(keys, service_tokens),
        admission,
        validation,
        idempotency,
    ]


def handlers(
    name: str, service_class: type[Service], interceptors: list[Interceptor]
) -> "grpc.GenericRpcHandler[Any, Any]":
    """Every RPC of one gRPC service, inside its interceptors. Raises ContractError."""
    descriptor = descriptor_pool.Default().FindServiceByName(name)
    servicer = service_class.as_servicer()
    methods = {}
    for method in Contract.from_services(descriptor):
        if not hasattr(service_class, method.name):
            raise ContractError(f"{service_class.__name__} lacks {method.name} of {name}")
        behavior = chained(interceptors, method, getattr(servicer, method.name))
        methods[method.name] = _rpc_handler(method, behavior)
    return grpc.method_handlers_generic_handler(name, methods)


def _rpc_handler(
    method: Method, behavior: Callable[..., object]
) -> "grpc.RpcMethodHandler[Any, Any]":
    if method.descriptor.client_streaming or method.descriptor.server_streaming:
        raise ContractError(f"{method.path}: this server speaks unary RPCs only")
    return grpc.unary_unary_rpc_method_handler(
        behavior,
        request_deserializer=method.request_class.FromString,
        response_serializer=method.response_class.SerializeToString,
    )


def watch_database(server: RunningServer, stop: threading.Event) -> None:
    """Until stopped: serving while the database answers, not serving while it does not."""
    serving = True
    while not stop.wait(PROBE_S):
        answers = _database_answers()
        if answers != serving:
            log.warning("database_back" if answers else "database_away")
            server.set_serving(answers)
            serving = answers


def _database_answers() -> bool:
    close_old_connections()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        return False
    return True
