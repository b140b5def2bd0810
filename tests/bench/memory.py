"""Measures the memory of a mesh under load: `make bench NAME="memory [MINUTES]"`.

A local mesh of its own with two processes a tier, all of it: the edge, three services with their
workers, PostgreSQL, Redis, and what only the local run has. A shop's customers keep it busy.
Each half minute it prints what each part holds (PSS: a page that processes share is divided
among them).
"""

import asyncio
import sys
from pathlib import Path

from dev.config import DATABASES
from tests.bench.load import Load, run
from tests.bench.processes import Tier, memory_mib
from tests.bench.shop import CLIENTS, GIVES_UP_S, SERVING, WORKERS, shop, tiers_of
from tests.bench.system import PROCESSES
from tests.bench.workloads import Asker, Tokens

LOOKS_EVERY_S = 30.0
SEVERAL = ("EDGE_WORKERS", *(f"{name.upper()}_SERVICE_PROCESSES" for name in DATABASES))


def told(when: str, tiers: list[Tier]) -> None:
    pss = {tier.name: memory_mib([tier])[1] for tier in tiers}
    serving = sum(pss[name] for name in SERVING)
    workers = sum(pss[name] for name in WORKERS)
    parts = ", ".join(f"{name} {mib:.0f}" for name, mib in pss.items())
    print(f"{when}: serving {serving:.0f} MiB, workers {workers:.0f}, all {sum(pss.values()):.0f}")
    print(f"  {parts}", flush=True)


async def busy(edge: str, tokens: Tokens, var: Path, looks: int) -> None:
    told("idle", tiers_of(var))
    load = Load(edge, Asker(tokens, "memory").question("shop"), GIVES_UP_S)
    for number in range(looks):
        found = await load.closed(CLIENTS, LOOKS_EVERY_S)
        tokens.refresh()
        rate = found.ended() / found.seconds
        told(f"after {(number + 1) * LOOKS_EVERY_S:.0f} s at {rate:.0f}/s", tiers_of(var))
        if bad := {status: len(took) for status, took in found.took_s.items() if status >= 400}:
            print(f"  refused or failed: {bad}")
    load.close()
    await asyncio.sleep(0)


def main(minutes: float) -> None:
    tokens = Tokens()
    with shop(tokens, dict.fromkeys(SEVERAL, str(PROCESSES))) as (mesh, edge):
        run(busy(edge, tokens, mesh.var, round(minutes * 60 / LOOKS_EVERY_S)))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 5.0)
