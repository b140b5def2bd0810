"""Every metric of the kit, in one place: what a dashboard can ask for.

Names follow the OpenTelemetry semantic conventions in Prometheus' spelling, where there is
one: rate, errors and duration of a thing are one histogram.
"""

from django.db import transaction
from prometheus_client import Counter, Gauge, Histogram

# The conventions' buckets, and two below them, as most RPCs are done within 5 ms.
BUCKETS_S = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075),
    *(0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10),
)

READY = Gauge(
    "mesh_ready",
    "1 while that part of the process serves: http, rpc, steps or relay.",
    ["part"],
)
HTTP_DURATION = Histogram(
    "http_server_request_duration_seconds",
    "Requests to the edge, until they are answered.",
    ["http_request_method", "http_route", "http_response_status_code"],
    buckets=BUCKETS_S,
)
HTTP_SHED = Counter(
    "http_server_shed_requests",
    "Requests that waited too long for their turn, and were refused.",
)
HTTP_CACHE = Counter(
    "http_server_cache_requests",
    "Requests for what callers share; result: hit, miss (a service was asked, or being asked).",
    ["http_route", "result"],
)
HTTP_ACTIVE = Gauge("http_server_active_requests", "Requests under way.")
RPC_SERVER_DURATION = Histogram(
    "rpc_server_call_duration_seconds",
    "RPCs served.",
    ["rpc_method", "rpc_response_status_code"],
    buckets=BUCKETS_S,
)
RPC_UNDECLARED_ERRORS = Counter(
    "rpc_server_undeclared_errors",
    "Errors that RPCs failed with and their contract does not list.",
    ["rpc_method", "error"],
)
RPC_DEPRECATED_CALLS = Counter(
    "rpc_server_deprecated_calls",
    "Calls of deprecated RPCs, by the service that calls.",
    ["rpc_method", "caller"],
)
RPC_CLIENT_DURATION = Histogram(
    "rpc_client_call_duration_seconds",
    "RPCs called, with their retries.",
    ["rpc_method", "rpc_response_status_code"],
    buckets=BUCKETS_S,
)
RPC_SHED = Counter(
    "rpc_server_shed_calls",
    "RPCs that waited too long for a thread, and were refused.",
    ["rpc_method"],
)
RPC_BATCH_CALLS = Histogram(
    "rpc_server_batch_calls",
    "Calls that came in one message; each is counted as an RPC served too.",
    ["rpc_method"],
    buckets=(1, 2, 4, 8, 16, 32, 64),
)
REPLICA_READS = Counter(
    "rpc_server_replica_reads",
    "Reads whose callers take what is as old as a replica may show; result: replica, or why the"
    " primary served: behind (by more than that), away, failed, error (of a read there).",
    ["rpc_method", "result"],
)
REPLICA_AGE = Gauge(
    "db_client_replica_age_seconds",
    "How old what the replica shows may be, by the last look at it and at the primary.",
)
RPC_THREADS_BUSY = Gauge("rpc_server_threads_busy", "Threads that serve an RPC.")
RPC_THREADS_LIMIT = Gauge("rpc_server_threads_limit", "Threads there are to serve RPCs.")
RPC_WATCHERS = Gauge("rpc_server_watchers", "Streams held open for clients that watch.")
TASK_DURATION = Histogram(
    "messaging_process_duration_seconds",
    "Celery tasks: messages, each of which runs the steps that it names.",
    ["messaging_destination_name", "messaging_operation_name"],
    buckets=BUCKETS_S,
)
STEP_DURATION = Histogram(
    "outbox_step_duration_seconds",
    "Runs of steps; outcome: done, waiting, failed (is tried again), parked, lost (its lease).",
    ["kind", "outcome"],
    buckets=BUCKETS_S,
)
STEP_THREADS_BUSY = Gauge("outbox_worker_threads_busy", "Threads that run a step.")
STEP_THREADS_LIMIT = Gauge("outbox_worker_threads_limit", "Threads there are to run steps.")
MAIL_DURATION = Histogram(
    "mail_send_duration_seconds",
    "Mails given to the SMTP server; outcome: sent, failed.",
    ["template", "outcome"],
    buckets=BUCKETS_S,
)


def count_on_commit(counter: Counter, amount: float = 1, **labels: str) -> None:
    """Counts what the current transaction does, once it has committed; else never."""
    transaction.on_commit(lambda: counter.labels(**labels).inc(amount))
