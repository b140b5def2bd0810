"""Something to measure: where it listens, and which processes work for it."""

from dataclasses import dataclass

from tests.bench.processes import Tier

PROCESSES = 2  # of every tier
THREADS = 4  # of every process that has a pool of them


@dataclass(frozen=True)
class System:
    """`transcoder` has the contract's own paths and answers; see `workloads.Asker`."""

    name: str
    tiers: tuple[Tier, ...]
    http: str = ""
    grpc: tuple[str, ...] = ()
    transcoder: bool = False
