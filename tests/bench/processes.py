"""What a tier's processes use, read from /proc."""

import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


@dataclass(frozen=True)
class Tier:
    """Processes that do one job: a root and, unless `alone`, all that descend from it."""

    name: str
    roots: tuple[int, ...]
    alone: bool = False


@dataclass(frozen=True)
class _Process:
    parent: int
    ticks: int  # its own, and those of its children that ended


def cpu_s(tiers: Iterable[Tier]) -> dict[str, float]:
    """Returns the CPU time of each tier so far, in seconds, to 10 ms."""
    processes = _processes()
    return {
        tier.name: sum(processes[pid].ticks for pid in _pids(tier, processes)) / CLOCK_TICKS
        for tier in tiers
    }


def memory_mib(tiers: Iterable[Tier]) -> tuple[float, float]:
    """Returns the tiers' resident and proportional set sizes (RSS, PSS: shared pages once)."""
    processes, rss, pss = _processes(), 0, 0
    for tier in tiers:
        for pid in _pids(tier, processes):
            sizes = dict(
                line.split()[:2]
                for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()[1:]
            )
            rss, pss = rss + int(sizes["Rss:"]), pss + int(sizes["Pss:"])
    return rss / 1024, pss / 1024


def _pids(tier: Tier, processes: dict[int, _Process]) -> list[int]:
    if tier.alone:
        return list(tier.roots)
    children = defaultdict(list)
    for pid, process in processes.items():
        children[process.parent].append(pid)
    found = list(tier.roots)
    for pid in found:
        found += children[pid]
    return found


def _processes() -> dict[int, _Process]:
    found = {}
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):  # it has just ended
                continue
            found[int(folder.name)] = _Process(int(fields[1]), sum(map(int, fields[11:15])))
    return found
