"""Panels, rows and dashboards as Grafana's JSON.

What a part leaves out has Grafana's default. Source: Grafana, "Dashboard JSON model".
"""

from collections.abc import Sequence
from typing import Any

Panel = dict[str, Any]
Row = tuple[str, Sequence[Panel]]
WIDTH, HEIGHTS = 24, {"stat": 4, "timeseries": 8, "logs": 9, "table": 9}
# Unit: as Grafana names it.
PER_SECOND, PER_MINUTE, SECONDS, RATIO, BYTES = "reqps", "opm", "s", "percentunit", "bytes"


def graph(title: str, unit: str, queries: dict[str, str], about: str = "") -> Panel:
    """Returns lines over time, from PromQL by legend; `{{label}}` in a legend is its value."""
    panel = _metrics("timeseries", title, unit, queries, about)
    legend = {"showLegend": True, "displayMode": "table", "placement": "bottom"}
    return panel | {"options": {"legend": {**legend, "calcs": ["lastNotNull", "max"]}}}


def stat(
    title: str, unit: str, query: str, *, worse: Sequence[float] = (), about: str = ""
) -> Panel:
    """Returns one number of now; yellow and red from the two values of `worse` on."""
    panel = _metrics("stat", title, unit, {"": query}, about)
    colours = [("green", None), *zip(("yellow", "red"), worse, strict=False)]
    steps = [{"color": colour, "value": value} for colour, value in colours]
    panel["fieldConfig"]["defaults"]["thresholds"] = {"mode": "absolute", "steps": steps}
    return panel


def logs(title: str, query: str) -> Panel:
    """Returns the lines that LogQL finds, newest first."""
    target = {"refId": "A", "expr": query, "queryType": "range"}
    options = {"showTime": True, "enableLogDetails": True, "wrapLogMessage": True}
    return _panel("logs", title, "loki", [target]) | {"options": options}


def traces(title: str, query: str) -> Panel:
    """Returns the traces that TraceQL finds; each leads to its spans."""
    target = {"refId": "A", "query": query, "queryType": "traceql", "tableType": "traces"}
    return _panel("table", title, "tempo", [target | {"limit": 20}])


def choice(name: str, query: str) -> dict[str, Any]:
    """Returns a variable that is chosen above the panels, from what the query finds."""
    return {
        "name": name,
        "type": "query",
        "datasource": _source("prometheus"),
        "query": {"query": query, "refId": name},
        "refresh": 2,
        "sort": 1,
    }


def dashboard(
    uid: str, title: str, rows: Sequence[Row], choices: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    links = {"type": "dashboards", "tags": ["marketmesh"], "keepTime": True, "title": ""}
    return {
        "uid": uid,
        "title": title,
        "tags": ["marketmesh"],
        "links": [links],
        "schemaVersion": 41,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": list(choices)},
        "panels": _laid_out(rows),
    }


def _laid_out(rows: Sequence[Row]) -> list[Panel]:
    """Returns the panels with their places: rows under their titles, panels equally wide."""
    panels: list[Panel] = []
    top = 0
    for title, row in rows:
        panels.append(
            {"type": "row", "title": title, "panels": [], "gridPos": _at(0, top, WIDTH, 1)}
        )
        width, height = WIDTH // len(row), max(HEIGHTS[panel["type"]] for panel in row)
        for number, panel in enumerate(row):
            panels.append(panel | {"gridPos": _at(number * width, top + 1, width, height)})
        top += 1 + height
    return [{"id": number, **panel} for number, panel in enumerate(panels, start=1)]


def _at(x: int, y: int, w: int, h: int) -> dict[str, int]:
    return {"x": x, "y": y, "w": w, "h": h}


def _metrics(kind: str, title: str, unit: str, queries: dict[str, str], about: str) -> Panel:
    targets = [
        {"refId": chr(ord("A") + number), "expr": query, "legendFormat": legend}
        for number, (legend, query) in enumerate(queries.items())
    ]
    defaults = {"unit": unit, "min": 0}
    return _panel(kind, title, "prometheus", targets) | {
        "description": about,
        "fieldConfig": {"defaults": defaults, "overrides": []},
    }


def _panel(kind: str, title: str, source: str, targets: Sequence[dict[str, Any]]) -> Panel:
    told = [{**target, "datasource": _source(source)} for target in targets]
    return {"type": kind, "title": title, "datasource": _source(source), "targets": told}


def _source(kind: str) -> dict[str, str]:
    """A data source's kind is its uid too: see grafana/datasources/market.yaml."""
    return {"type": kind, "uid": kind}
