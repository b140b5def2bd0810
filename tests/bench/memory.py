"""Measures the memory of a mesh under load: `make bench NAME="memory [MINUTES]"`.

A local mesh of its own with two processes a tier, all of it: the edge, three services with their
workers, PostgreSQL, Redis, and what only the local run has. A shop's customers keep it busy.
Each half minute it prints what each part holds (PSS: a page that processes share is divided
among them).
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from dev.config import DATABASES
from dev.supervisor.control import Control
from tests.bench import rows
from tests.bench.load import Load, run
from tests.bench.processes import Tier, memory_mib
from tests.bench.system import PROCESSES
from tests.bench.workloads import Asker, Tokens
from tests.support.local_mesh import LocalMesh

CLIENTS = 16
LOOKS_EVERY_S = 30.0
GIVES_UP_S = 60.0
SERVING = ("edge", *DATABASES)
WORKERS = tuple(f"{name}-worker" for name in DATABASES)
SEVERAL = ("EDGE_WORKERS", *(f"{name.upper()}_SERVICE_PROCESSES" for name in DATABASES))


def tiers_of(var: Path) -> list[Tier]:
    """Returns the parts of a mesh that runs on `var`; the last is that of the local run alone."""
    pids = {
        name: Control(var).pid(name)
        for name in (*SERVING, *WORKERS, "Redis", "PostgreSQL", "mailbox")
    }
    tiers = [Tier(name, (pid,)) for name, pid in pids.items() if pid is not None]
    return [*tiers, Tier("console", (int((var / "up.lock").read_text()),), alone=True)]


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
    with tempfile.TemporaryDirectory(prefix="market-") as folder:
        mesh = LocalMesh(Path(folder), dict.fromkeys(SEVERAL, str(PROCESSES)))
        try:
            at = mesh.start()
            environment = json.loads(mesh.ready.read_text())["environment"]
            urls = {name: environment[f"{name.upper()}_DATABASE_URL"] for name in DATABASES}
            rows.fill(urls, tokens.keys.jwks()["keys"][0])
            run(busy(at.edge, tokens, mesh.var, round(minutes * 60 / LOOKS_EVERY_S)))
        finally:
            mesh.stop()


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 5.0)
