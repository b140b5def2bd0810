"""Serves a service's gRPC classes: interceptors, health, reflection, drain.

A sync server with few threads, one process a core: measured faster than asyncio in
front of the ORM. An RPC without an access rule, or that the class does not implement,
stops the start.
"""

import threading
from dataclasses import dataclass
from functools import partial

import grpc
import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import SERVICE_NAME

from mesh.auth import tls
from mesh.auth.jwks import JwksCache
from mesh.contract.model import market_contract
from mesh.core.errors import StartRefused
from mesh.db import replica
from mesh.db.replica import Replica
from mesh.db.sql import execute
from mesh.rpc import reflection
from mesh.rpc.batching.servicer import Coalesced
from mesh.rpc.client import MAX_MESSAGE_BYTES, published_keys, published_revocations
from mesh.rpc.definition import RpcDefinition
from mesh.rpc.handlers import Handlers, standard_interceptors
from mesh.rpc.health import HealthServicer
from mesh.rpc.interceptors.authentication import MeshPeersOnly
from mesh.rpc.interceptors.drain import DrainInterceptor
from mesh.rpc.streaming.broadcaster import Broadcaster
from mesh.rpc.threads import RpcThreads
from mesh.telemetry.metrics import READY, REPLICA_AGE, RPC_THREADS_LIMIT

OPTIONS = [
    ("grpc.so_reuseport", 0),  # a taken port is an error, not a silent share of its calls
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.http2.min_ping_interval_without_data_ms", 1_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # Notices callers that vanished, which a subscription that is sent nothing would not.
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.http2.max_pings_without_data", 0),
    # A caller that connects anew looks its name up again, and finds new replicas.
    ("grpc.max_connection_age_ms", 20_000),
    ("grpc.max_connection_age_grace_ms", 330_000),  # the longest stream ends by itself first
]
# A burst of several hundred calls is queued, each for as long as `core.shedding` allows.
QUEUED_PER_THREAD = 128
PROBE_S = 2.0
# A server that can't verify users' tokens yet is not ready. Where nobody gives it keys, it serves
# what needs no token all the same.
KEYS_MOST_S = 5.0
# grpc cancels calls that arrive while it stops. So health tells callers first, and a busy caller
# that is slow to notice is still served.
DRAIN_QUIET_S, DRAIN_NOTICE_MOST_S = 0.5, 2.0
DRAIN_GRACE_S = 8.0

log = structlog.get_logger("server")


@dataclass(frozen=True)
class RunningServer:
    """A started server. Callers follow `health` and stop sending before it drains."""

    grpc_server: grpc.Server
    health: HealthServicer
    broadcaster: Broadcaster
    drain_interceptor: DrainInterceptor
    keys: JwksCache
    replica: Replica | None
    port: int

    def set_serving(self, serving: bool) -> None:
        status = health_pb2.HealthCheckResponse
        self.health.set("", status.SERVING if serving else status.NOT_SERVING)
        READY.labels("rpc").set(serving)

    def drain(self) -> None:
        """Serves until callers have turned away, then finishes calls under way; 10 s at most."""
        self.health.enter_graceful_shutdown()
        READY.labels("rpc").set(False)
        self.drain_interceptor.wait_until_quiet(DRAIN_QUIET_S, DRAIN_NOTICE_MOST_S)
        self.stop(DRAIN_GRACE_S)

    def stop(self, grace_s: float) -> None:
        """Refuses new calls, ends streams and gives calls under way `grace_s` to end."""
        stopped = self.grpc_server.stop(grace_s)
        self.broadcaster.close()
        stopped.wait()
        self.keys.close()
        if self.replica is not None:
            self.replica.stop()


def start(wiring: RpcDefinition, bind: str) -> RunningServer:
    """Starts serving on `bind` (host:port; port 0 takes a free one). Raises StartRefused.

    Its health says so once tokens can be verified, or after `KEYS_MOST_S` without keys.
    """
    threads = settings.GRPC_THREADS
    RPC_THREADS_LIMIT.set(threads)
    grpc_server = grpc.server(
        RpcThreads(threads, thread_name_prefix="rpc"),
        interceptors=[MeshPeersOnly(market_contract())] if settings.MESH_CERTIFICATES else None,
        options=OPTIONS,
        maximum_concurrent_rpcs=threads * QUEUED_PER_THREAD,
    )
    if wiring.jwks is None:
        keys = JwksCache(published_keys, published_revocations)
    else:
        keys = JwksCache(wiring.jwks, wiring.revoked)
    broadcaster = Broadcaster(wiring.watches.values(), keys.revocations)
    drain_interceptor = DrainInterceptor()
    reads_from = Replica(links=threads + 1) if replica.is_set() else None
    interceptors = standard_interceptors(keys, drain_interceptor, reads_from)
    coalesced = partial(Coalesced, keys=keys)
    handlers = Handlers(wiring, broadcaster, interceptors, coalesced, reads_from)
    grpc_server.add_generic_rpc_handlers(handlers.all())
    health_servicer = HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(health_servicer, grpc_server)
    reflection.enable(grpc_server, [*wiring.serves, SERVICE_NAME])
    try:
        port = _listen(grpc_server, bind)
    except RuntimeError as error:
        raise StartRefused(f"can't listen on {bind}: is the port taken?") from error
    keys.follow_revocations()
    if reads_from is not None:
        REPLICA_AGE.set_function(reads_from.age_s)
        reads_from.start()
    server = RunningServer(
        grpc_server, health_servicer, broadcaster, drain_interceptor, keys, reads_from, port
    )
    server.set_serving(False)
    grpc_server.start()
    if not keys.wait_loaded(KEYS_MOST_S):
        log.warning("keys_missing")
    server.set_serving(True)
    return server


def _listen(grpc_server: grpc.Server, bind: str) -> int:
    if settings.MESH_CERTIFICATES is None:
        return grpc_server.add_insecure_port(bind)
    return grpc_server.add_secure_port(bind, tls.server_credentials(settings.MESH_CERTIFICATES))


def watch_database(server: RunningServer, stop: threading.Event) -> None:
    """Sets health to serving while the database answers, and only then, until stopped."""
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
        execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        return False
    return True
