"""Draws what was measured: `python -m tests.bench.plots LATEST.json FOLDER`, on the peers' Python.

An SVG a figure; text stays text, and colours are legible on white and on black.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt

COLOURS = {
    "mesh": "#d9480f",
    "monolith_gthread": "#3b82c4",
    "monolith_granian": "#1c9aa0",
    "tutorial": "#8d8d8d",
    "rest_pooled": "#b0956b",
    "envoy": "#9a6fc4",
}
GREY = "#808080"
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "marketmesh",
    "font.size": 9,
    "text.color": GREY,
    "axes.labelcolor": GREY,
    "axes.edgecolor": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.constrained_layout.use": True,
    "savefig.transparent": True,
}
FIGURES = {
    "cpu": ("cpu_us", "CPU for a request, all tiers and PostgreSQL, µs"),
    "rate": ("rps", "requests a second"),
    "p99": ("p99_ms", "99th percentile, ms"),
}


def bars(workloads: Mapping[str, Any], key: str, label: str, connections: str) -> Any:
    """Draws one figure of all systems at one number of connections, workload by workload."""
    shown = {name: figures[connections] for name, figures in workloads.items()}
    systems = [name for name in COLOURS if name in next(iter(shown.values()))]
    figure, axes = plt.subplots(figsize=(8, 3.2))
    width = 0.8 / len(systems)
    for place, system in enumerate(systems):
        at = [number + place * width for number in range(len(shown))]
        heights = [figures[system][key] for figures in shown.values()]
        axes.bar(at, heights, width * 0.9, color=COLOURS[system], label=system)
    axes.set_xticks([number + 0.4 - width / 2 for number in range(len(shown))], list(shown))
    axes.set_title(f"{label}, {connections} connections", fontsize=9)
    figure.legend(loc="outside lower center", ncols=len(COLOURS), frameon=False, fontsize=8)
    return figure


def curves(by_connections: Mapping[str, Any], key: str, label: str, workload: str) -> Any:
    """Draws one figure of all systems under one workload, over the number of connections."""
    figure, axes = plt.subplots(figsize=(8, 3.2))
    counts = list(by_connections)
    for system, colour in COLOURS.items():
        if system in by_connections[counts[0]]:
            values = [by_connections[count][system][key] for count in counts]
            axes.plot(counts, values, marker="o", color=colour, label=system)
    axes.set_yscale("log" if key == "p99_ms" else "linear")
    axes.set_xlabel("connections")
    axes.set_title(f"{workload}: {label}", fontsize=9)
    figure.legend(loc="outside lower center", ncols=len(COLOURS), frameon=False, fontsize=8)
    return figure


def main(document: Path, folder: Path) -> None:
    workloads = json.loads(document.read_text())["workloads"]
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(STYLE):
        counts = list(next(iter(workloads.values())))
        drawn = {
            f"{name}-{count}": bars(workloads, key, label, count)
            for name, (key, label) in FIGURES.items()
            for count in counts
            if count == "32"
        }
        if len(counts) > 1:
            drawn |= {
                f"{workload}-{name}": curves(workloads[workload], *FIGURES[name], workload)
                for workload in ("get_user", "post_order")
                if workload in workloads
                for name in ("rate", "p99")
            }
        for name, figure in drawn.items():
            figure.savefig(folder / f"{name}.svg", metadata={"Date": None})


if __name__ == "__main__":
    mpl.use("svg")
    main(Path(sys.argv[1]), Path(sys.argv[2]))
