"""Measures whether what is sent to a servicer stays in its memory."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from dev.config import DATABASES
from dev.supervisor.control import Control

MAY_GROW_MIB = 64.0


def resident_mib(var: Path) -> Mapping[str, float]:
    """Returns the memory of each servicer, by its name in the Procfile."""
    control = Control(var)
    pids = {name: control.pid(name) for name in DATABASES}
    return {name: _resident_mib(pid) for name, pid in pids.items() if pid is not None}


def grown(before: Mapping[str, float], after: Mapping[str, float]) -> Iterator[str]:
    """Yields the servicers that hold much more than when they were warm, or were restarted."""
    for name, mib in before.items():
        if after.get(name, 0.0) - mib > MAY_GROW_MIB:
            yield f"{name} grew from {mib:.0f} to {after[name]:.0f} MiB"


def _resident_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024
