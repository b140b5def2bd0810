"""Dashboard of the whole: what people get, what the services do for it, what is short."""

from tools.dashboards.grafana import (
    BYTES,
    PER_MINUTE,
    PER_SECOND,
    RATIO,
    SECONDS,
    dashboard,
    graph,
    logs,
    stat,
    traces,
)
from tools.dashboards.queries import (
    FAILED_HTTP,
    FAILED_RPC,
    an_hour,
    busy,
    by,
    count,
    highest,
    p95,
    quantiles,
    rate,
    share,
)

HTTP, RPC = "http_server_request_duration_seconds", "rpc_server_call_duration_seconds"
NOW = (
    stat("Requests", PER_SECOND, count(HTTP)),
    stat("Failed requests", RATIO, share(HTTP, FAILED_HTTP), worse=(0.001, 0.01)),
    stat("95 % answered within", SECONDS, p95(HTTP), worse=(0.5, 1)),
    stat(
        "Error budget spent, times the pace allowed",
        "none",
        'slo:bad:ratio_rate1h{slo="edge_availability"} / 0.001',
        worse=(1, 14.4),
        about="The objective: 99.9 % of requests are not answered by a 5xx. At 1 a month's "
        "budget lasts a month, at 14.4 two days.",
    ),
    stat("Processes up", "none", 'sum(up{job="market"})'),
    stat("Alerts", "none", 'count(ALERTS{alertstate="firing"}) or vector(0)', worse=(1, 1)),
)
REQUESTS = (
    graph("Requests by route", PER_SECOND, by("http_request_method, http_route", count, HTTP)),
    graph("Requests by status", PER_SECOND, by("http_response_status_code", count, HTTP)),
    graph("Answered within", SECONDS, quantiles(HTTP)),
)
SERVICES = (
    graph("RPCs served", PER_SECOND, by("service", count, RPC)),
    graph("RPCs failed", RATIO, by("service", share, RPC, FAILED_RPC)),
    graph("95 % of RPCs served within", SECONDS, by("service", p95, RPC)),
)
BUSINESS = (
    graph(
        "Orders that came to a state",
        PER_MINUTE,
        {"{{state}}": f"60 * {rate('orders_state_changes_total', by='state')}"},
    ),
    graph(
        "Money within an hour",
        "none",
        {
            "taken {{currency}}": an_hour("payments_captured_minor_units"),
            "paid back {{currency}}": an_hour("payments_refunded_minor_units"),
        },
    ),
    graph(
        "Steps pending",
        "none",
        {
            "{{service}} {{state}}": "sum by (service, state)"
            " (max by (service, kind, state) (outbox_steps))"
        },
    ),
)
SATURATION = (
    graph(
        "Threads busy",
        RATIO,
        {
            "{{tier}}: RPCs": busy("rpc_server_threads", by="tier"),
            "{{tier}}: steps": busy("outbox_worker_threads", by="tier"),
        },
    ),
    graph(
        "Database connections taken",
        RATIO,
        by("service", highest, "postgresql_backends / postgresql_connection_max"),
    ),
    graph(
        "Requests under way, and clients that watch",
        "none",
        {
            "requests": "sum(http_server_active_requests)",
            "watching {{service}}": "sum by (service) (rpc_server_watchers)",
        },
    ),
    graph(
        "Refused for want of capacity",
        PER_SECOND,
        {
            "{{tier}}: requests": rate("http_server_shed_requests_total", by="tier"),
            "{{tier}}: RPCs": rate("rpc_server_shed_calls_total", by="tier"),
        },
    ),
    graph(
        "Memory", BYTES, {"{{tier}}": 'sum by (tier) (process_resident_memory_bytes{job="market"})'}
    ),
)
WORDS = (
    logs("Warnings and errors", '{service_name=~".+"} | detected_level=~"warn|error|critical"'),
    traces("Traces that failed", "{ status = error }"),
)
OVERVIEW = dashboard("market-overview", "Overview", [
    ("Now", NOW),
    ("Requests", REQUESTS),
    ("Services", SERVICES),
    ("Business", BUSINESS),
    ("What is short", SATURATION),
    ("In words", WORDS),
])  # fmt: skip
