"""Measures the mesh side by side with what it replaces: `make bench`, in 6 minutes with QUICK=1.

The mesh, a DRF monolith under two servers, the tutorial's REST services, and Envoy's transcoder
before the mesh's own services run at once, on the same rows and PostgreSQL. They are measured in
turn; a ratio is the median of the rounds' ratios. Prints tables and writes
`var/bench/latest.json`; a whole run draws its figures into `docs/performance/`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

from dev.config import ROOT
from tests.bench import rounds
from tests.bench.answers import Differs, check
from tests.bench.load import run
from tests.bench.peers.environment import python
from tests.bench.report import Measurements, document, tables, troubles
from tests.bench.stage import GRPC_PEERS, PEERS, Stage, stage
from tests.bench.workloads import WORKLOADS, Tokens

RESULTS = ROOT / "var" / "bench"
FIGURES = ROOT / "docs" / "performance"
GRPC_CALLERS = 16


class Plan(NamedTuple):
    """How much is measured; a window is what counts of one system's turn."""

    connections: list[int]
    rounds: int
    window_s: float
    warm_up_s: float


WHOLE = Plan([1, 32, 128, 256], 7, 2.5, 1.5)
QUICK = Plan([32], 7, 0.5, 0.3)


def main() -> int:
    options = _options()
    plan = QUICK if options.quick else WHOLE
    plan = Plan(
        options.connections or plan.connections,
        options.rounds or plan.rounds,
        options.window or plan.window_s,
        plan.warm_up_s,
    )
    whole = plan == WHOLE and not (options.workloads or options.peers)
    RESULTS.mkdir(parents=True, exist_ok=True)
    tokens = Tokens()
    peers = PEERS if options.peers is None else options.peers
    grpc_peers = () if options.workloads and "grpc" not in options.workloads else GRPC_PEERS
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="market-") as folder,
        stage(Path(folder), tokens, peers, grpc_peers) as running,
    ):
        told(f"started after {time.monotonic() - started:.0f} s")
        try:
            run(check(running.http, tokens))
        except Differs as error:
            told(str(error))
            return 1
        workloads = [name for name in WORKLOADS if name in (options.workloads or WORKLOADS)]
        http, grpc = run(_measured(running, plan, tokens, workloads))
    found = document(plan.rounds, http, grpc)
    latest = RESULTS / "latest.json"
    latest.write_text(json.dumps(found, indent=1) + "\n")
    (RESULTS / "latest.md").write_text(tables(found))
    print(tables(found))
    draw = ["-m", "tests.bench.plots", str(latest), str(FIGURES if whole else RESULTS)]
    if http:
        subprocess.run([str(python()), *draw], check=True, cwd=ROOT)
    told(f"done after {time.monotonic() - started:.0f} s; {latest.relative_to(ROOT)}")
    for trouble in (found_troubles := troubles(http, grpc)):
        print(trouble)
    return 1 if found_troubles else 0


async def _measured(
    running: Stage, plan: Plan, tokens: Tokens, workloads: list[str]
) -> tuple[Measurements, Measurements]:
    for workload in workloads:
        warm_up = partial(rounds.http, workload, 32, plan.warm_up_s, tokens)
        await rounds.interleaved(running.http, 1, warm_up)
    http: dict[str, dict[int, dict[str, rounds.Results]]] = {}
    for workload in workloads:
        http[workload] = {}
        for connections in plan.connections:
            measure = partial(rounds.http, workload, connections, plan.window_s, tokens)
            http[workload][connections] = await rounds.interleaved(
                running.http, plan.rounds, measure
            )
            told(f"{workload}, {connections} connections")
    if len(running.grpc) == 1:
        return http, {}
    measure = partial(rounds.grpc, GRPC_CALLERS, plan.window_s, tokens)
    await rounds.interleaved(running.grpc, 1, measure)
    called = await rounds.interleaved(running.grpc, plan.rounds, measure)
    return http, {"grpc_get_user": {GRPC_CALLERS: called}}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="32 connections, short windows")
    parser.add_argument("--workloads", nargs="+", choices=[*WORKLOADS, "grpc"])
    parser.add_argument("--peers", nargs="*", choices=PEERS, help="by default all")
    parser.add_argument("--connections", nargs="+", type=int)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--window", type=float, metavar="SECONDS")
    return parser.parse_args()


def told(text: str) -> None:
    print(f"bench: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
