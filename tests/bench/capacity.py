"""The capacity model: what a request costs each tier says what a rate needs.

A tier that has its fill of work is busy for as long as its requests cost it, so `n` requests a
second of `c` µs need `n · c / 1,000,000` cores of it (the utilization law). Python's tiers are
added process by process; PostgreSQL and Redis are one machine and one thread each, so that they
are where growth ends.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any

RATES = (1_000, 10_000, 100_000)
MESH, MIX, CONNECTIONS = "mesh", "shop", "32"


def tables(document: Mapping[str, Any]) -> str:
    """Returns what rates need under the shop's mix, and the model beside what was measured."""
    tiers = document["tiers"].get(MIX, {}).get(CONNECTIONS)
    lines = [] if tiers is None else [*_needs(tiers[MESH]), ""]
    return "\n".join([*lines, *_checked(document)])


def _needs(tiers: Mapping[str, int]) -> Iterator[str]:
    yield "### capacity, the shop's mix"
    yield ""
    rates = " | ".join(f"{rate:,}/s" for rate in RATES)
    yield f"| tier | CPU µs a request | requests a core | {rates} |"
    yield "|---" * (3 + len(RATES)) + "|"
    for tier, us in tiers.items():
        cores = " | ".join(f"{rate * us / 1e6:.1f} cores" for rate in RATES)
        yield f"| {tier} | {us} | {1e6 / max(us, 1):.0f} | {cores} |"


def _checked(document: Mapping[str, Any]) -> Iterator[str]:
    """The model: all cores are busy with requests, and with making and reading them."""
    cores = os.cpu_count() or 1
    yield f"### the model beside what was measured, on {cores} cores"
    yield ""
    yield "| workload | connections | model req/s | measured req/s |"
    yield "|---|---|---|---|"
    for workload, by_connections in document["workloads"].items():
        for connections, systems in by_connections.items():
            if int(connections) < cores:
                continue  # too few to keep them busy
            us = systems[MESH]["cpu_us"] + document["load_us"][workload][connections]
            measured = systems[MESH]["rps"]
            yield f"| {workload} | {connections} | {cores * 1e6 / us:.0f} | {measured:.0f} |"
