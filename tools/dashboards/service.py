"""Dashboard of one service with its worker and relay: what it serves, calls and lacks."""

from tools.dashboards.grafana import (
    BYTES,
    PER_SECOND,
    RATIO,
    SECONDS,
    choice,
    dashboard,
    graph,
    logs,
    traces,
)
from tools.dashboards.queries import FAILED_RPC, busy, by, count, p95, share

SERVED, CALLED = "rpc_server_call_duration_seconds", "rpc_client_call_duration_seconds"
OURS = 'service="$service"'


def rpcs(what: str, histogram: str) -> tuple[dict[str, object], ...]:
    """Returns rate, errors and duration, by RPC."""
    return (
        graph(f"RPCs {what}", PER_SECOND, by("rpc_method", count, histogram, OURS)),
        graph(
            f"RPCs {what} that failed",
            PER_SECOND,
            by("rpc_method, rpc_response_status_code", count, histogram, f"{OURS},{FAILED_RPC}"),
        ),
        graph(f"95 % of RPCs {what} within", SECONDS, by("rpc_method", p95, histogram, OURS)),
    )


THREADS = {
    "RPCs {{instance}}": busy("rpc_server_threads", OURS, "instance"),
    "steps {{instance}}": busy("outbox_worker_threads", OURS, "instance"),
}
SATURATION = (
    graph("Threads busy", RATIO, THREADS),
    graph(
        "Database connections taken",
        RATIO,
        {"of all": f"max(postgresql_backends{{{OURS}}} / postgresql_connection_max{{{OURS}}})"},
    ),
    graph("Clients that watch", "none", {"{{instance}}": f"rpc_server_watchers{{{OURS}}}"}),
)
PROCESSES = (
    graph(
        "Processor",
        "none",
        {"{{tier}} {{instance}}": f"rate(process_cpu_seconds_total{{{OURS}}}[$__rate_interval])"},
        about="In cores.",
    ),
    graph("Memory", BYTES, {"{{tier}} {{instance}}": f"process_resident_memory_bytes{{{OURS}}}"}),
    graph(
        "Files open",
        RATIO,
        {"{{tier}} {{instance}}": f"process_open_fds{{{OURS}}} / process_max_fds{{{OURS}}}"},
    ),
)
WORDS = (
    logs("Log", '{service_name="$service"}'),
    traces("Traces that failed in it", '{ resource.service.name = "$service" && status = error }'),
)
FAILED = (
    graph("Of RPCs served", RATIO, by("tier", share, SERVED, FAILED_RPC, OURS)),
    graph("Of RPCs called", RATIO, by("tier", share, CALLED, FAILED_RPC, OURS)),
)
SERVICE = dashboard("market-service", "One service", [
    ("Served", rpcs("served", SERVED)),
    ("Called", rpcs("called", CALLED)),
    ("Failed", FAILED),
    ("What is short", SATURATION),
    ("Processes", PROCESSES),
    ("In words", WORDS),
], [choice("service", 'label_values(up{job="market"}, service)')])  # fmt: skip
