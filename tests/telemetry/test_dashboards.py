"""Every query of a dashboard and of an alert is one that the running mesh can answer."""

import json
import re
from typing import Any

import pytest
import yaml

from dev.config import ROOT
from dev.supervisor.console import log_of
from dev.supervisor.lines import event_of
from dev.supervisor.procfile import read_procfile
from tests.support.local_mesh import LocalMesh
from tests.support.mesh_under_test import Market
from tests.telemetry.promql import TARGET, Exported, complaints, exported_at, labels_left
from tools.dashboards.__main__ import DASHBOARDS
from tools.slos import OBJECTIVES

OBSERVABILITY = ROOT / "deploy" / "observability"
PROMETHEUS = yaml.safe_load((OBSERVABILITY / "prometheus.yaml").read_text())
RULES = [
    rule
    for file in sorted((OBSERVABILITY / "rules").glob("*.yaml"))
    for group in yaml.safe_load(file.read_text())["groups"]
    for rule in group["rules"]
]
PANELS = [
    (f"{name}: {panel['title']}", panel)
    for name, board in DASHBOARDS.items()
    for panel in board["panels"]
    if panel["type"] != "row"
]
METRICS = [one for one in PANELS if one[1]["datasource"]["type"] == "prometheus"]
LOGS = [one for one in PANELS if one[1]["datasource"]["type"] == "loki"]
TRACES = [one for one in PANELS if one[1]["datasource"]["type"] == "tempo"]
# Prometheus' own.
OWN: Exported = {"up": {"job": {"market"}}, "ALERTS": {"alertstate": {"firing", "pending"}}}
BY_LOKI = {"detected_level", "service_name"}


def titled(panels: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    return [pytest.param(panel, id=title) for title, panel in panels]


@pytest.fixture(scope="session")
def told(market: Market, mesh: LocalMesh) -> Exported:
    """Returns all processes' metrics once orders were confirmed, refunded, declined and refused."""
    ada, mug = market.register(), "MUG-BLUE"
    paid = market.place_order(ada, mug).json()["id"]
    declined = market.place_order(ada, mug, payment_method="pm_declined").json()["id"]
    assert market.order_at_rest(ada, declined, 30)["state"] == "ORDER_STATE_CANCELLED"
    assert market.order_at_rest(ada, paid, 30)["state"] == "ORDER_STATE_CONFIRMED"
    assert market.post(f"/api/orders/{paid}/cancel/", ada).status_code == 200
    assert market.order_at_rest(ada, paid, 30)["state"] == "ORDER_STATE_REFUNDED"
    assert market.place_order(ada, "no such product").status_code == 400
    market.mail_about(ada.email, "welcome", 30)
    market.mail_about(ada.email, "cancelled", 30)
    ports = json.loads(mesh.ready.read_text())["ports"]
    found = exported_at(f"127.0.0.1:{ports[name]}" for name in ports if "METRICS" in name)
    recorded: Exported = {
        rule["record"]: {label: set() for label in labels_left(rule["expr"])}
        | {"slo": {objective.name for objective in OBJECTIVES}}
        for rule in RULES
        if "record" in rule
    }
    return {**OWN, **recorded, **found}


@pytest.mark.parametrize("panel", titled(METRICS))
def test_a_panel_asks_for_metrics_that_there_are(panel: dict[str, Any], told: Exported) -> None:
    for target in panel["targets"]:
        assert list(complaints(target["expr"], told)) == []


@pytest.mark.parametrize("panel", titled(METRICS))
def test_a_legend_names_labels_that_the_query_leaves(panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        wanted = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
        assert wanted <= labels_left(target["expr"])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.get("alert") or rule["record"])
def test_a_rule_asks_for_metrics_that_there_are(rule: dict[str, Any], told: Exported) -> None:
    assert list(complaints(rule["expr"], told)) == []


@pytest.mark.parametrize("rule", [rule for rule in RULES if "alert" in rule])
def test_an_alert_says_what_is_wrong_and_how_urgent_that_is(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    named = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    assert named <= labels_left(rule["expr"])


@pytest.mark.parametrize("panel", titled(LOGS))
def test_a_panel_of_logs_asks_for_fields_that_lines_have(
    panel: dict[str, Any], told: Exported, mesh: LocalMesh
) -> None:
    assert told
    lines = [
        line
        for name in read_procfile(ROOT / "Procfile")
        for line in log_of(mesh.var, name).read_text().splitlines()
    ]
    fields = {key for line in lines for key in event_of(line) or ()}
    for target in panel["targets"]:
        asked = set(re.findall(r"(\w+)\s*=~?", target["expr"]))
        assert asked
        assert asked <= fields | BY_LOKI


def test_every_tier_of_the_compose_file_is_asked_for_its_metrics() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    ours = {name for name, one in compose.items() if "build" in one and "restart" in one}
    (job,) = [one for one in PROMETHEUS["scrape_configs"] if one["job_name"] == "market"]
    asked = set(job["dns_sd_configs"][0]["names"])
    assert asked == {name for name in ours if compose[name]["restart"] != "no"}
    labels = {relabel["target_label"] for relabel in job["relabel_configs"]}
    assert labels | {"job", "instance"} == TARGET


def test_there_are_dashboards_over_metrics_logs_and_traces() -> None:
    assert set(DASHBOARDS) == {"overview", "service", "outbox", "payments"}
    for board in DASHBOARDS.values():
        kinds = {panel["datasource"]["type"] for panel in board["panels"] if "datasource" in panel}
        assert kinds == {"prometheus", "loki", "tempo"}


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("sum(rate(outbox_renamed_total[5m]))", "there is no metric outbox_renamed_total"),
        ("sum by (colour) (outbox_steps)", "outbox_steps has no label colour"),
        ('outbox_steps{state=~"lo.t"} and outbox_steps{age="9"}', "outbox_steps has no label age"),
        ('max(outbox_steps{state="lost"})', "no outbox_steps has state='lost'"),
    ],
)
def test_what_a_renaming_would_break_is_found(query: str, complaint: str) -> None:
    exported: Exported = {"outbox_steps": {"state": {"pending", "parked"}}}
    assert complaint in list(complaints(query, exported))
