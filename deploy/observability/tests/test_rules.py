"""Every alert fires on what it is for and not on what is well, by Prometheus' own `promtool`."""

import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from dev.config import ROOT
from tests.support.left_out import need
from tools.slos import HTTP, OBJECTIVES, ORDER, RPC

FOLDER = ROOT / "deploy" / "observability" / "rules"
RULES = sorted(FOLDER.glob("*.yaml"))
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
ALERTS = sorted(
    {
        rule["alert"]
        for file in RULES
        for group in yaml.safe_load(file.read_text())["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }
)


class Case(NamedTuple):
    """Series by which an alert fires, and by which it does not, after so many minutes.

    The notation is promtool's: `0+60x10` begins at 0 and grows by 60 ten times, once a minute.
    """

    alert: str
    fires: Mapping[str, str]
    quiet: Mapping[str, str]
    at_min: int = 20
    slo: str = ""


ORDERS = '{job="market",tier="order",service="order_service",instance="a"}'
OF_EDGE = 'job="market",tier="edge",service="edge_api"'
OF_ORDER = 'job="market",tier="order",service="order_service"'
OF_WORKER = 'job="market",tier="order-worker",service="order_service"'
FAILED = "rpc_response_status_code"


def growing(by: float, minutes: int = 90) -> str:
    return f"0+{by}x{minutes}"


def steady(value: float, minutes: int = 90) -> str:
    return f"{value}x{minutes}"


def slow(metric: str, labels: str, within_s: float, fast_share: float) -> dict[str, str]:
    """Returns a histogram of a hundred a minute, of which a share is fast enough."""
    return {
        f'{metric}_bucket{{{labels},le="{within_s}"}}': growing(100 * fast_share),
        f"{metric}_count{{{labels}}}": growing(100),
    }


def shares(metric: str, labels: str, ok: str, failed: str, failed_share: float) -> dict[str, str]:
    return {
        f"{metric}_count{{{labels},{ok}}}": growing(100 * (1 - failed_share)),
        f"{metric}_count{{{labels},{failed}}}": growing(100 * failed_share),
    }


def http(share: float) -> dict[str, str]:
    status = 'http_response_status_code="{}"'
    route = f'{OF_EDGE},http_route="/api/orders"'
    return shares(HTTP, route, status.format(200), status.format(500), share)


def rpcs(share: float, status: str = "INTERNAL") -> dict[str, str]:
    labels = f'{OF_ORDER},rpc_method="market.order.v1.OrderService/GetOrder"'
    return shares(RPC, labels, f'{FAILED}="OK"', f'{FAILED}="{status}"', share)


def age(seconds: float) -> dict[str, str]:
    return {f'outbox_oldest_step_age_seconds{{{OF_WORKER},kind="charge_order"}}': steady(seconds)}


# Objective: series of which a share is bad.
BURNING: Mapping[str, Callable[[float], Mapping[str, str]]] = {
    "edge_availability": http,
    "edge_latency": lambda bad: slow(HTTP, f'{OF_EDGE},http_route="/api/orders"', 1.0, 1 - bad),
    "rpc_availability": rpcs,
    "rpc_latency": lambda bad: slow(RPC, f'{OF_ORDER},rpc_method="a/Get"', 1.0, 1 - bad),
    "order_confirmation": lambda bad: slow(ORDER, f'{OF_WORKER},state="CONFIRMED"', 30.0, 1 - bad),
    "step_age": lambda bad: age(90 if bad > 0.05 else 5),
}
PACES = (("ErrorBudgetBurnsFast", 14.4), ("ErrorBudgetBurnsSlowly", 6))
OF_OBJECTIVES = [
    Case(
        alert,
        BURNING[one.name](1.2 * pace * one.budget),
        BURNING[one.name](0.5 * one.budget),
        slo=one.name,
    )
    for one in OBJECTIVES
    for alert, pace in PACES
]
OF_TIERS = [
    Case("ProcessDown", {f"up{ORDERS}": steady(0)}, {f"up{ORDERS}": steady(1)}),
    Case("TierGone", {f"up{ORDERS}": "1x10 stale"}, {f"up{ORDERS}": steady(1)}, 15),
    Case(
        "RestartsAgainAndAgain",
        {f"process_start_time_seconds{ORDERS}": growing(60)},
        {f"process_start_time_seconds{ORDERS}": steady(60)},
    ),
    Case("RpcsFail", rpcs(0.1), rpcs(0.1, "NOT_FOUND")),
    Case(
        "StepsParked",
        {f'outbox_steps{{{OF_WORKER},kind="send_mail",state="parked"}}': steady(1)},
        {f'outbox_steps{{{OF_WORKER},kind="send_mail",state="pending"}}': steady(9)},
    ),
    Case("StepsLate", age(400), age(200)),
    Case(
        "PartitionsShort",
        {f"outbox_done_partitions_ahead{{{OF_WORKER}}}": steady(2)},
        {f"outbox_done_partitions_ahead{{{OF_WORKER}}}": steady(3)},
        45,
    ),
    Case(
        "MailsRefused",
        shares("mail_send_duration_seconds", OF_WORKER, 'outcome="sent"', 'outcome="failed"', 0.6),
        shares("mail_send_duration_seconds", OF_WORKER, 'outcome="sent"', 'outcome="failed"', 0.4),
        30,
    ),
    Case(
        "RpcThreadsBusy",
        {
            f"rpc_server_threads_busy{ORDERS}": steady(4),
            f"rpc_server_threads_limit{ORDERS}": steady(4),
        },
        {
            f"rpc_server_threads_busy{ORDERS}": steady(3),
            f"rpc_server_threads_limit{ORDERS}": steady(4),
        },
    ),
    Case(
        "LoadShed",
        {f'rpc_server_shed_calls_total{{{OF_ORDER},rpc_method="a/Get"}}': growing(120)},
        {f'rpc_server_shed_calls_total{{{OF_ORDER},rpc_method="a/Get"}}': growing(30)},
    ),
    Case(
        "WorkerThreadsBusy",
        {
            f"outbox_worker_threads_busy{{{OF_WORKER}}}": steady(4),
            f"outbox_worker_threads_limit{{{OF_WORKER}}}": steady(4),
        },
        {
            f"outbox_worker_threads_busy{{{OF_WORKER}}}": steady(2),
            f"outbox_worker_threads_limit{{{OF_WORKER}}}": steady(4),
        },
        30,
    ),
    Case(
        "DatabaseConnectionsShort",
        {
            f"postgresql_backends{{{OF_WORKER}}}": steady(90),
            f"postgresql_connection_max{{{OF_WORKER}}}": steady(100),
        },
        {
            f"postgresql_backends{{{OF_WORKER}}}": steady(70),
            f"postgresql_connection_max{{{OF_WORKER}}}": steady(100),
        },
    ),
    Case(
        "FilesShort",
        {f"process_open_fds{ORDERS}": steady(900), f"process_max_fds{ORDERS}": steady(1000)},
        {f"process_open_fds{ORDERS}": steady(300), f"process_max_fds{ORDERS}": steady(1000)},
    ),
]


def promtool(*arguments: str | Path) -> None:
    need("promtool")
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_rules_are_well_formed() -> None:
    promtool("check", "rules", *RULES)


def test_alerts_fire_on_what_they_are_for_and_on_nothing_else(tmp_path: Path) -> None:
    assert {case.alert for case in [*OF_OBJECTIVES, *OF_TIERS]} == set(ALERTS)
    assert {case.slo for case in OF_OBJECTIVES} == {one.name for one in OBJECTIVES}
    for file, cases in ((FOLDER / "slo.yaml", OF_OBJECTIVES), (FOLDER / "market.yaml", OF_TIERS)):
        tests = [
            _test(case, series, firing)
            for case in cases
            for series, firing in ((case.fires, True), (case.quiet, False))
        ]
        told = {"rule_files": [str(file)], "evaluation_interval": "1m", "tests": tests}
        (tmp_path / file.name).write_text(yaml.safe_dump(told))
        promtool("test", "rules", tmp_path / file.name)


def _test(case: Case, series: Mapping[str, str], firing: bool) -> dict[str, Any]:
    of = f',slo="{case.slo}"' if case.slo else ""
    fires = f'count(ALERTS{{alertname="{case.alert}",alertstate="firing"{of}}}) > bool 0'
    expected = [{"labels": "{}", "value": 1}] if firing else []
    return {
        "name": f"{case.alert} {case.slo} {'fires' if firing else 'is quiet'}",
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {"expr": fires, "eval_time": f"{case.at_min}m", "exp_samples": expected}
        ],
    }


def test_the_runbook_has_an_entry_for_every_alert_and_for_nothing_else() -> None:
    assert sorted(re.findall(r"^### (\w+)$", RUNBOOK, re.MULTILINE)) == ALERTS


def test_each_entry_says_what_it_means_how_to_check_and_how_to_repair() -> None:
    for entry in re.split(r"^### ", RUNBOOK, flags=re.MULTILINE)[1:]:
        for part in ("**Meaning.**", "**Check.**", "**Repair.**"):
            assert part in entry, f"{entry.splitlines()[0]} lacks {part}"


def test_the_runbook_lists_the_objectives() -> None:
    table = RUNBOOK.partition("| `slo` | promise |")[2].partition("###")[0]
    listed = re.findall(r"^\| `(\w+)` \| (.*?) \|", table, re.MULTILINE)
    assert listed == [(one.name, one.promise) for one in OBJECTIVES]
