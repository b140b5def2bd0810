"""Measures whether more replicas of a tier serve more: `python -m tests.bench.scale`.

Each replica gets a share of a core, so that a few of them leave the machine's cores unused, as
replicas on machines of their own would. It takes root, for the cgroups, and three minutes, ends by
itself within six, and leaves nothing.
"""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import grpc
import httpx
from grpc_health.v1 import health_pb2, health_pb2_grpc

from dev.config import DATABASES, ROOT, Config
from dev.engines.postgres import Postgres
from dev.engines.redis import Redis
from dev.ports import HOST, free_port
from dev.up.setup import set_up
from tests.bench import grpc_load, rows
from tests.bench.load import GOOD, Load, Round, run
from tests.bench.processes import CLOCK_TICKS, Tier, cpu_s
from tests.bench.workloads import Asker, Tokens
from tests.support.waiting import eventually

REPLICAS = (1, 2, 4)
SHARE = 0.15  # of a core
PERIOD_US = 20_000
CALLERS = 4  # of each replica, so that none is shed
WARM_S, WINDOW_S = 2.0, 6.0
READY_WITHIN_S, MOST_S = 120.0, 360
GIVES_UP_S = 10.0
EDGE, PRODUCTS = "edge_api", 10
STAT = Path("/proc/stat")
COLUMNS = ("requests/s", "of one", "its cores", "all cores", "refused")


class Used(NamedTuple):
    """CPU time of a tier and of the whole machine until a moment, in seconds."""

    at: float
    tier_s: float
    machine_s: float


class Measured(NamedTuple):
    """`rate` is of good answers; `tier` and `machine` are cores in use, on average.

    A replica whose calls wait too long for a thread refuses some.
    """

    rate: float
    tier: float
    machine: float
    refused: int


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scale", description=__doc__)
    parser.add_argument("--share", type=float, default=SHARE, help="of a core, for each replica")
    share = parser.parse_args().share
    if os.geteuid() != 0:
        print("left out: limits take root")
        return 0
    signal.signal(signal.SIGALRM, lambda *_: sys.exit(f"ended: {MOST_S} s are the most"))
    signal.alarm(MOST_S)
    print(f"{os.cpu_count()} cores, {share:.0%} of one for each replica")
    tokens = Tokens()
    with tempfile.TemporaryDirectory(prefix="scale-") as folder, ExitStack() as stack:
        told = stack.enter_context(engines(Path(folder), tokens))
        for name in ("user", "order"):  # whom the edges call
            service = stack.enter_context(replica(f"{name}_service", told, share=None))
            told[f"{name.upper()}_SERVICE_TARGET"] = service.address
        for tier in ("user_service", EDGE):
            print(f"{tier:<16}" + "".join(f"{one:>12}" for one in COLUMNS))
            show([(n, measure(tier, told, n, share, tokens)) for n in REPLICAS])
    return 0


def show(found: Sequence[tuple[int, Measured]]) -> None:
    _, one = found[0]
    for count, each in found:
        times = each.rate / one.rate
        cores = f"{each.tier:>12.2f}{each.machine:>12.2f}"
        print(f"{count:<16}{each.rate:>12.0f}{times:>12.2f}{cores}{each.refused:>12}", flush=True)


@contextmanager
def engines(folder: Path, tokens: Tokens) -> Iterator[dict[str, str]]:
    """Yields the environment of members whose databases are filled."""
    config = Config.read(folder, any_ports=True)
    postgres = Postgres(folder / "postgres", port=config.ports["PG_PORT"], durable=False)
    redis = Redis(folder / "redis", port=config.ports["REDIS_PORT"], durable=False)
    with postgres, redis:
        urls = {name: postgres.create(f"market_{name}") for name in DATABASES}
        named = {f"{name.upper()}_DATABASE_URL": url for name, url in urls.items()}
        environment = config.environment({**named, "REDIS_URL": redis.url})
        environment |= {"LOG_LEVEL": "WARNING"}
        environment.pop("METRICS_BIND", None)
        set_up(environment, folder)
        rows.fill(urls, tokens.keys.jwks()["keys"][0])
        yield environment


class Replica(NamedTuple):
    address: str
    pid: int


@contextmanager
def replica(member: str, environment: Mapping[str, str], share: float | None) -> Iterator[Replica]:
    """Yields a process that serves, with so much of a core; None for as much as it likes."""
    address = f"{HOST}:{free_port()}"
    bind = ["--bind", address] if member != EDGE else []
    serve = [sys.executable, "-m", member, "serve", *bind]
    with group(share) as limited:
        running = subprocess.Popen(
            serve,
            cwd=ROOT,
            env={**environment, "EDGE_BIND": address},
            stdout=subprocess.DEVNULL,
        )
        try:
            eventually(lambda: _serves(member, address), READY_WITHIN_S, 0.2)
            if limited is not None:  # once it has started, which takes seconds of a core
                (limited / "cgroup.procs").write_text(str(running.pid))
            yield Replica(address, running.pid)
        finally:
            running.kill()  # it serves nobody any more
            running.wait()


@contextmanager
def group(share: float | None) -> Iterator[Path | None]:
    """Yields a cgroup of its own below ours, of version 1 or 2, with so much of a core."""
    if share is None:
        yield None
        return
    ours = Path("/proc/self/cgroup").read_text().splitlines()
    by_controller = dict(line.split(":", 2)[1:] for line in ours)
    first = next((name for name in by_controller if "cpu" in name.split(",")), "")
    root = Path("/sys/fs/cgroup") / ("cpu" if first else "")
    made = root / by_controller[first].lstrip("/") / f"scale-{free_port()}"
    made.mkdir()
    try:
        quota_us = int(share * PERIOD_US)
        if first:
            (made / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (made / "cpu.cfs_quota_us").write_text(str(quota_us))
        else:
            (made / "cpu.max").write_text(f"{quota_us} {PERIOD_US}")
        yield made
    finally:
        made.rmdir()


def measure(
    member: str, environment: Mapping[str, str], count: int, share: float, tokens: Tokens
) -> Measured:
    with ExitStack() as stack:
        replicas = [stack.enter_context(replica(member, environment, share)) for _ in range(count)]
        tier = Tier(member, tuple(each.pid for each in replicas))
        ask = edges if member == EDGE else services
        return run(ask([each.address for each in replicas], tokens, lambda: used(tier)))


async def services(targets: Sequence[str], tokens: Tokens, look: Callable[[], Used]) -> Measured:
    """Asks for users over gRPC, as callers within the mesh do."""
    callers = CALLERS * len(targets)
    await grpc_load.steady(targets, tokens, callers, WARM_S, look)
    return measured([await grpc_load.steady(targets, tokens, callers, WINDOW_S, look)])


async def edges(targets: Sequence[str], tokens: Tokens, look: Callable[[], Used]) -> Measured:
    """Asks for few products, which the edges answer themselves but for one time a second."""
    question = Asker(tokens, "scale", products=PRODUCTS).get_product
    for seconds in (WARM_S, WINDOW_S):
        loads = [Load(f"http://{target}", question, GIVES_UP_S) for target in targets]
        found = await asyncio.gather(*(load.steady(CALLERS, seconds, look) for load in loads))
        for load in loads:
            load.close()
    return measured(found)


def measured(found: Sequence[tuple[Round, Used, Used]]) -> Measured:
    """Raises SystemExit when not every answer was good."""
    broken = sum((one.broken for one, _, _ in found), Counter[str]())
    refused = broken.pop("UNAVAILABLE", 0)
    broken["wrong"] = sum(one.wrong for one, _, _ in found)
    if broken.total():
        raise SystemExit(f"not every answer was good: {dict(broken)}")
    _, before, after = found[0]
    seconds = after.at - before.at
    return Measured(
        sum(len(one.taken(*GOOD)) / one.seconds for one, _, _ in found),
        (after.tier_s - before.tier_s) / seconds,
        (after.machine_s - before.machine_s) / seconds,
        refused,
    )


def used(tier: Tier) -> Used:
    user, nice, system, _, _, *interrupts = map(int, STAT.read_text().split("\n")[0].split()[1:8])
    machine_s = sum((user, nice, system, *interrupts)) / CLOCK_TICKS
    return Used(time.perf_counter(), cpu_s([tier])[tier.name], machine_s)


def _serves(member: str, address: str) -> bool:
    if member == EDGE:
        try:
            return httpx.get(f"http://{address}/readyz").status_code == 200
        except httpx.TransportError:
            return False
    with grpc.insecure_channel(address) as channel:
        try:
            asked = health_pb2.HealthCheckRequest()
            status = health_pb2_grpc.HealthStub(channel).Check(asked, timeout=2).status
        except grpc.RpcError:
            return False
    return bool(status == health_pb2.HealthCheckResponse.SERVING)


if __name__ == "__main__":
    sys.exit(main())
