"""Measures systems in turn, round after round, so that what the machine does hits all alike."""

import statistics
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from tests.bench import grpc_load
from tests.bench.load import GOOD, Load, Round
from tests.bench.processes import cpu_s, memory_mib
from tests.bench.system import System
from tests.bench.workloads import Asker, Tokens

GIVES_UP_S = 60.0


class NoAnswer(Exception):
    """A system gave no good answer in a whole window."""


@dataclass(frozen=True)
class Measured:
    """One system in one round."""

    found: Round
    cpu_s: dict[str, float]  # by tier

    @property
    def answers(self) -> int:
        """Returns how many good answers there were. Raises NoAnswer."""
        if not (count := len(self.found.taken(*GOOD))):
            raise NoAnswer(f"{dict(self.found.broken)}, {list(self.found.took_s)}")
        return count

    @property
    def rps(self) -> float:
        return self.answers / self.found.seconds

    @property
    def cpu_us(self) -> float:
        return sum(self.cpu_s.values()) / self.answers * 1e6

    @property
    def p50_ms(self) -> float:
        return statistics.median(self.found.taken(*GOOD)) * 1000


@dataclass
class Results:
    """All rounds of one system under one workload and number of connections."""

    rounds: list[Measured] = field(default_factory=list)
    rss_mib: float = 0.0
    pss_mib: float = 0.0

    def figures(self) -> dict[str, float]:
        took_s = sorted(took for one in self.rounds for took in one.found.taken(*GOOD))
        return {
            "rps": round(statistics.median(one.rps for one in self.rounds), 1),
            "p50_ms": round(took_s[len(took_s) // 2] * 1000, 2),
            "p99_ms": round(took_s[len(took_s) * 99 // 100] * 1000, 2),
            "cpu_us": round(statistics.median(one.cpu_us for one in self.rounds)),
            "rss_mib": round(self.rss_mib, 1),
        }

    def tiers_us(self) -> dict[str, int]:
        """Returns the CPU of each tier for a request, in µs, over all rounds."""
        answers = sum(one.answers for one in self.rounds)
        names = self.rounds[0].cpu_s
        return {
            name: round(sum(one.cpu_s[name] for one in self.rounds) / answers * 1e6)
            for name in names
        }

    def load_us(self) -> int:
        """Returns the CPU that making a request and reading its answer took, in µs."""
        answers = sum(one.answers for one in self.rounds)
        return round(sum(one.found.cpu_s for one in self.rounds) / answers * 1e6)

    def troubles(self) -> list[str]:
        """Returns what was not a good answer in time."""
        found = [one.found for one in self.rounds]
        said = [f"{one.wrong} wrong" for one in found if one.wrong]
        said += [f"{dict(one.broken)}" for one in found if one.broken]
        said += [
            f"{len(took)} times {status}"
            for one in found
            for status, took in one.took_s.items()
            if status not in GOOD
        ]
        return said


def ratios(mesh: Results, peer: Results) -> dict[str, float]:
    """Returns the medians of the rounds' ratios; above 1 is better for the mesh."""
    pairs = list(zip(mesh.rounds, peer.rounds, strict=True))
    return {
        "rps": round(statistics.median(ours.rps / theirs.rps for ours, theirs in pairs), 2),
        "cpu": round(statistics.median(theirs.cpu_us / ours.cpu_us for ours, theirs in pairs), 2),
        "p50": round(statistics.median(theirs.p50_ms / ours.p50_ms for ours, theirs in pairs), 2),
    }


async def http(
    workload: str,
    connections: int,
    seconds: float,
    tokens: Tokens,
    *,
    system: System,
    number: int,
) -> Measured:
    """Measures one system for one window, under the requests of this round."""
    asker = Asker(tokens, f"{workload} {connections} {number}", transcoder=system.transcoder)
    load = Load(system.http, asker.question(workload), GIVES_UP_S)
    found, before, after = await load.steady(connections, seconds, partial(cpu_s, system.tiers))
    load.close()
    return Measured(found, _used(before, after))


async def grpc(
    callers: int, seconds: float, tokens: Tokens, *, system: System, number: int
) -> Measured:
    found, before, after = await grpc_load.steady(
        system.grpc, tokens, callers, seconds, partial(cpu_s, system.tiers)
    )
    return Measured(found, _used(before, after))


async def interleaved(
    systems: Sequence[System], rounds: int, measure: Callable[..., Awaitable[Measured]]
) -> dict[str, Results]:
    """Measures all systems `rounds` times in turn; each round begins with another one."""
    results = {system.name: Results() for system in systems}
    for number in range(rounds):
        first = number % len(systems)
        for system in (*systems[first:], *systems[:first]):
            results[system.name].rounds.append(await measure(system=system, number=number))
    for system in systems:
        own = [tier for tier in system.tiers if tier.name != "postgresql"]
        results[system.name].rss_mib, results[system.name].pss_mib = memory_mib(own)
    return results


def _used(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    return {name: after[name] - before[name] for name in before}
