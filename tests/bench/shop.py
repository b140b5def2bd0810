"""A local mesh with the benchmark's rows, kept busy by a shop's customers; and two that take turns.

For what a setting costs: all of a mesh, its databases included, and a day's mix of requests.
"""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from dev.config import DATABASES
from dev.supervisor.control import Control
from mesh.auth.jwks import REFETCH_S
from tests.bench import rows
from tests.bench.load import Load
from tests.bench.processes import Tier, cpu_s
from tests.bench.workloads import Asker, Tokens
from tests.support.local_mesh import LocalMesh

CLIENTS = 16
GIVES_UP_S = 60.0
TURN_S, STEPS_DONE_S = 4.0, 2.0
SERVING = ("edge", *DATABASES)
WORKERS = tuple(f"{name}-worker" for name in DATABASES)


@contextmanager
def shop(tokens: Tokens, environment: Mapping[str, str]) -> Iterator[tuple[LocalMesh, str]]:
    """Runs a mesh; yields it and the edge's URL."""
    with tempfile.TemporaryDirectory(prefix="market-") as folder:
        mesh = LocalMesh(Path(folder), environment)
        try:
            at = mesh.start()
            told = json.loads(mesh.ready.read_text())["environment"]
            urls = {name: told[f"{name.upper()}_DATABASE_URL"] for name in DATABASES}
            rows.fill(urls, tokens.keys.jwks()["keys"][0])
            time.sleep(REFETCH_S)  # then who knows other keys asks for this one
            yield mesh, at.edge
        finally:
            mesh.stop()


def tiers_of(var: Path) -> list[Tier]:
    """Returns the parts of a mesh that runs on `var`; the last is that of the local run alone."""
    pids = {
        name: Control(var).pid(name)
        for name in (*SERVING, *WORKERS, "Redis", "PostgreSQL", "mailbox")
    }
    tiers = [Tier(name, (pid,)) for name, pid in pids.items() if pid is not None]
    return [*tiers, Tier("console", (int((var / "up.lock").read_text()),), alone=True)]


async def compare(settings: Mapping[str, str], rounds: int) -> None:
    """Prints what `settings` cost a shop: the median of so many turns with and without them.

    In the second half of the rounds the two are started anew, in the other order, as of two meshes
    with the same settings the one that was started first takes less.
    """
    tokens = Tokens()
    first = rounds - rounds // 2
    pairs = [
        *await _pairs(tokens, {0: {}, 1: settings}, first),
        *await _pairs(tokens, {1: settings, 0: {}}, rounds - first),
    ]
    for name in pairs[0][0]:
        without, with_ = (statistics.median(pair[at][name] for pair in pairs) for at in (0, 1))
        if without:
            times = statistics.median(pair[1][name] / pair[0][name] for pair in pairs)
            print(f"{name}: {without:.0f} without, {with_:.0f} with; {times:.2f} times")


async def _pairs(
    tokens: Tokens, environments: Mapping[int, Mapping[str, str]], rounds: int
) -> list[dict[int, dict[str, float]]]:
    """Starts a mesh with each environment, and returns of each round what each of them took."""
    with ExitStack() as stack:
        meshes = {at: stack.enter_context(shop(tokens, each)) for at, each in environments.items()}
        loads = {
            at: Load(edge, Asker(tokens, "shop").question("shop"), GIVES_UP_S)
            for at, (_, edge) in meshes.items()
        }
        pairs = []
        for number in range(rounds + 1):
            tokens.refresh()
            pair: dict[int, dict[str, float]] = {}
            for at in (0, 1) if number % 2 else (1, 0):  # neither is always the first
                pair[at] = await _turn(meshes[at][0], loads[at])
            pairs += [pair] if number else []  # the first warms up
        for load in loads.values():
            load.close()
    return pairs


async def _turn(mesh: LocalMesh, load: Load) -> dict[str, float]:
    """Returns requests a second, and the µs of CPU that each took, of all parts and of each."""
    tiers = tiers_of(mesh.var)
    before = cpu_s(tiers)
    found = await load.closed(CLIENTS, TURN_S)
    await asyncio.sleep(STEPS_DONE_S)  # what was begun is part of it, and not of the next turn
    used = {name: after - before[name] for name, after in cpu_s(tiers).items()}
    if bad := {status: len(took) for status, took in found.took_s.items() if status >= 400}:
        raise RuntimeError(f"refused or failed: {bad}")
    each = {name: used_s / found.ended() * 1e6 for name, used_s in used.items()}
    return {"requests/s": found.ended() / found.seconds, "µs of CPU": sum(each.values()), **each}
