"""What one request caused, in the order of time, as `make logs` has it."""

from pathlib import Path
from typing import Any

from dev.config import ROOT
from dev.logs import caused
from dev.supervisor.procfile import read_procfile


def hops(var: Path, request_id: str) -> list[dict[str, Any]]:
    """Returns each event of a request with its process and times, in milliseconds."""
    if not request_id:
        return []
    found = caused(var, list(read_procfile(ROOT / "Procfile")), request_id)
    began_ms = min((node.start_ms for node, _ in found), default=0.0)
    return [
        {
            "process": node.process,
            "text": node.text,
            "kind": node.event.get("kind", ""),
            "depth": depth,
            "start_ms": round(node.start_ms - began_ms, 1),
            "took_ms": node.event.get("duration_ms"),
            "failed": node.failed,
        }
        for node, depth in found
    ]
