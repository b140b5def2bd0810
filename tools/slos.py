"""Makes deploy/observability/rules/slo.yaml: the objectives, and alerts on how their budgets burn.

`python -m tools.slos` writes it; `--check` fails when what is committed differs. A budget is what
of 30 days may be bad. Spent 14.4 times too fast it lasts two days, 6 times too fast five; the
shorter window lets an alert end soon after its cause.
Source: The Site Reliability Workbook, chapter 5.
"""

import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from dev.config import ROOT
from tools.made import write_or_check

FILE = ROOT / "deploy" / "observability" / "rules" / "slo.yaml"
MADE = "# Made by `make gen` from tools/slos.py: don't edit it. What to do: docs/runbook.md.\n"
WINDOWS = ("5m", "30m", "1h", "6h")
HTTP = "http_server_request_duration_seconds"
RPC = "rpc_server_call_duration_seconds"
ORDER = "orders_pending_duration_seconds"
# Streams last as long as somebody watches.
REQUESTS, CALLS = 'http_route!~".*/events"', 'rpc_method!~".*/Watch.*"'
FAULTS = "UNKNOWN|DEADLINE_EXCEEDED|UNIMPLEMENTED|INTERNAL|UNAVAILABLE|DATA_LOSS"
STEP_LATE_S = 60


class Objective(NamedTuple):
    """`bad` is the share of a window `$w` that is bad, and `budget` how much of it may be."""

    name: str
    promise: str
    budget: float
    bad: str


def _failed(metric: str, failure: str, by: str = "") -> str:
    """Returns the share of what failed: 0, not nothing, where nothing did."""
    all_of = f"sum{by}(rate({metric}_count[$w]))"
    return f"(sum{by}(rate({metric}_count{{{failure}}}[$w])) or 0 * {all_of}) / {all_of}"


def _slow(metric: str, within_s: float, only: str = "", by: str = "") -> str:
    """Returns the share of what took longer than one of the metric's buckets."""
    fast = f'le="{within_s}"{"," if only else ""}{only}'
    fast_of = f"sum{by}(rate({metric}_bucket{{{fast}}}[$w]))"
    return f"1 - {fast_of} / sum{by}(rate({metric}_count{{{only}}}[$w]))"


OBJECTIVES = (
    Objective(
        "edge_availability",
        "99.9 % of requests are not answered by a 5xx",
        0.001,
        _failed(HTTP, 'http_response_status_code=~"5.."'),
    ),
    Objective(
        "edge_latency",
        "99 % of requests are answered within 1 s, streams left out",
        0.01,
        _slow(HTTP, 1.0, REQUESTS),
    ),
    Objective(
        "rpc_availability",
        "99.9 % of each service's RPCs do not fail by its fault",
        0.001,
        _failed(RPC, f'rpc_response_status_code=~"{FAULTS}"', " by (service) "),
    ),
    Objective(
        "rpc_latency",
        "99 % of each service's RPCs are answered within 1 s, streams left out",
        0.01,
        _slow(RPC, 1.0, CALLS, " by (service) "),
    ),
    Objective(
        "order_confirmation",
        "99 % of orders are confirmed or declined within 30 s",
        0.01,
        _slow(ORDER, 30.0),
    ),
    Objective(
        "step_age",
        "99 % of the time no step of a service is a minute late",
        0.01,
        "avg_over_time(slo:steps_late:bool[$w])",
    ),
)


def rules() -> dict[str, Any]:
    late = f"max by (service) (outbox_oldest_step_age_seconds) > bool {STEP_LATE_S}"
    records = [{"record": "slo:steps_late:bool", "expr": late}]
    records += [record for objective in OBJECTIVES for record in _records(objective)]
    alerts = [alert for objective in OBJECTIVES for alert in _alerts(objective)]
    return {"groups": [{"name": "objectives", "rules": [*records, *alerts]}]}


def _records(objective: Objective) -> Iterator[dict[str, Any]]:
    for window in WINDOWS:
        yield {
            "record": f"slo:bad:ratio_rate{window}",
            "labels": {"slo": objective.name},
            "expr": objective.bad.replace("$w", window),
        }


def _alerts(objective: Objective) -> Iterator[dict[str, Any]]:
    for name, severity, pace, windows in (
        ("ErrorBudgetBurnsFast", "page", 14.4, ("1h", "5m")),
        ("ErrorBudgetBurnsSlowly", "ticket", 6, ("6h", "30m")),
    ):
        of = f'{{slo="{objective.name}"}}'
        terms = (f"slo:bad:ratio_rate{one}{of} > {pace} * {objective.budget}" for one in windows)
        missed = f"{{{{ $value | humanizePercentage }}}} missed it within {windows[0]}"
        yield {
            "alert": name,
            "expr": " and ".join(terms),
            "labels": {"severity": severity, "slo": objective.name},
            "annotations": {"summary": f"{objective.promise}: {missed}"},
        }


def main() -> int:
    made = MADE + yaml.safe_dump(rules(), sort_keys=False, width=1000)
    return write_or_check({FILE: made}, "tools/slos.py")


if __name__ == "__main__":
    sys.exit(main())
