"""Dashboard of money: what was taken and paid back, what failed, what is pending."""

from tools.dashboards.grafana import PER_MINUTE, PER_SECOND, SECONDS, dashboard, graph, logs, traces
from tools.dashboards.queries import an_hour, by, count, highest, p95, rate

RPC = "rpc_server_call_duration_seconds"
OURS = 'service="payment_service"'


MONEY = (
    graph(
        "Taken within an hour", "none", {"{{currency}}": an_hour("payments_captured_minor_units")}
    ),
    graph(
        "Paid back within an hour",
        "none",
        {"{{currency}}": an_hour("payments_refunded_minor_units")},
    ),
    graph(
        "Orders confirmed, cancelled, refunded",
        PER_MINUTE,
        {"{{state}}": f"60 * {rate('orders_state_changes_total', by='state')}"},
    ),
)
RPCS = (
    graph("Asked of the payment service", PER_SECOND, by("rpc_method", count, RPC, OURS)),
    graph(
        "Answered by anything but OK",
        PER_SECOND,
        by(
            "rpc_method, rpc_response_status_code",
            count,
            RPC,
            f'{OURS},rpc_response_status_code!="OK"',
        ),
        about="FAILED_PRECONDITION is a card that was declined.",
    ),
    graph("95 % answered within", SECONDS, by("rpc_method", p95, RPC, OURS)),
)
PENDING = (
    graph("Steps pending", "none", by("kind, state", highest, "outbox_steps", OURS)),
    graph("Oldest", SECONDS, by("kind", highest, "outbox_oldest_step_age_seconds", OURS)),
    graph(
        "Charges by the orders' worker",
        PER_SECOND,
        by("outcome", count, "outbox_step_duration_seconds", 'kind="charge_order"'),
    ),
)
WORDS = (
    logs(
        "Warnings and errors",
        '{service_name="payment_service"} | detected_level=~"warn|error|critical"',
    ),
    traces(
        "Slow or failed",
        '{ resource.service.name = "payment_service" && (status = error || duration > 1s) }',
    ),
)
PAYMENTS = dashboard("market-payments", "Payments", [
    ("Money", MONEY),
    ("RPCs", RPCS),
    ("Pending", PENDING),
    ("In words", WORDS),
])  # fmt: skip
