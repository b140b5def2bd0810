"""Fails a test in which an RPC failed with an error that the market's contract does not list."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

EVENT = "rpc_error_undeclared"


@pytest.fixture(autouse=True)
def only_declared_errors() -> Iterator[None]:
    """Watches the servers of this process; those of a whole mesh are watched by their logs."""
    before = undeclared()
    yield
    assert undeclared() - before == set(), "list these errors in the .proto"


def undeclared() -> set[tuple[str, ...]]:
    """Returns each RPC and error counted so far, with how often."""
    metrics = sys.modules.get("mesh.telemetry.metrics")
    if metrics is None:
        return set()
    samples = [one for metric in metrics.RPC_UNDECLARED_ERRORS.collect() for one in metric.samples]
    return {
        (one.labels["rpc_method"], one.labels["error"], str(one.value))
        for one in samples
        if one.name.endswith("_total") and one.labels["rpc_method"].startswith("market.")
    }


def undeclared_in_logs(var: Path) -> set[str]:
    """Returns the same of a mesh, by the logs below `var`."""
    texts = (file.read_text(errors="replace") for file in var.rglob("*.log"))
    lines = (line for text in texts for line in text.splitlines())
    told = [json.loads(line[line.index("{") :]) for line in lines if f'"{EVENT}"' in line]
    return {f"{event['rpc']}: {event['code']}/{event['reason']}" for event in told}
