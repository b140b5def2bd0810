"""`make up`: engines, migrations, seeds, processes, and one line when all is ready."""

import asyncio
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO
from urllib.request import urlopen

from deploy.local.config import DATABASES, PORTS, ROOT, Config
from deploy.local.engine import last_line
from deploy.local.errors import CannotRun
from deploy.local.launch import end_with_parent
from deploy.local.ports import is_taken
from deploy.local.postgres import Postgres
from deploy.local.redis import Redis
from deploy.local.supervisor import Supervisor, read_procfile

READY_WITHIN_S = 60.0
SEEDED = ("user_service", "order_service")


def up(config: Config, ready_file: Path | None) -> None:
    """Run the mesh until SIGINT or SIGTERM; nothing of it is left then.

    Raises CannotRun before anything was started, or after all of it was stopped.
    """
    started = time.monotonic()
    end_with_parent(signal.SIGTERM)
    with ExitStack() as stack:
        stack.enter_context(_only_one(config.var))
        _check_ports(config)
        environment = config.environment(_engines(config, stack))
        _set_up(config, environment)
        asyncio.run(_supervise(config, environment, ready_file, started))


@contextmanager
def _only_one(var: Path) -> Iterator[None]:
    """Holds the lock on `var`, which ends with the process however it ends."""
    try:
        var.mkdir(parents=True, exist_ok=True)
        with (var / "up.lock").open("a+") as lock:
            _take(lock, var)
            yield
    except PermissionError as error:
        raise CannotRun(f"can't write to {error.filename}") from error


def _take(lock: IO[str], var: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        raise CannotRun(f"{var} is in use by a mesh that runs as pid {lock.read()}") from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()


def _check_ports(config: Config) -> None:
    for name, (_, what) in PORTS.items():
        if is_taken(config.ports[name]):
            port = config.ports[name]
            raise CannotRun(f"port {port} for {what} is taken; set {name} to another")


def _engines(config: Config, stack: ExitStack) -> dict[str, str]:
    """Start what the environment does not name already; answers the engines' URLs."""
    urls: dict[str, str] = {}
    wanted = [name for name in DATABASES if f"{name.upper()}_DATABASE_URL" not in os.environ]
    if wanted:
        postgres = Postgres(config.var / "postgres", port=config.ports["PG_PORT"])
        stack.enter_context(postgres)
        urls |= {
            f"{name.upper()}_DATABASE_URL": postgres.create(f"market_{name}") for name in wanted
        }
    if "REDIS_URL" not in os.environ:
        redis = Redis(config.var / "redis", port=config.ports["REDIS_PORT"])
        urls["REDIS_URL"] = stack.enter_context(redis).url
    return urls


def _set_up(config: Config, environment: Mapping[str, str]) -> None:
    """Migrate all services at once, then fill in the demo data."""
    services = [f"{name}_service" for name in DATABASES]
    _run_all(config, environment, [(service, "migrate") for service in services])
    _run_all(config, environment, [(service, "seed") for service in SEEDED])


def _run_all(
    config: Config, environment: Mapping[str, str], commands: list[tuple[str, str]]
) -> None:
    begun = []
    for service, command in commands:
        log = config.var / f"{service}-{command}.log"
        with log.open("wb") as output:
            arguments = [sys.executable, "-m", service, command]
            process = subprocess.Popen(
                arguments, env=environment, cwd=ROOT, stdout=output, stderr=output
            )
        begun.append((process, f"{service} {command}", log))
    failed = [(what, log) for process, what, log in begun if process.wait() != 0]
    for what, log in failed:
        raise CannotRun(f"`python -m {what}` failed: {last_line(log)} ({log})")


async def _supervise(
    config: Config, environment: Mapping[str, str], ready_file: Path | None, started: float
) -> None:
    os.chdir(ROOT)
    supervisor = Supervisor(read_procfile(ROOT / "Procfile"), environment, config.var / "run/holds")
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, supervisor.end)
    announced = asyncio.create_task(_announce(config, ready_file, started))
    await supervisor.run()
    announced.cancel()


async def _announce(config: Config, ready_file: Path | None, started: float) -> None:
    """Say so once the edge and all behind it answer."""
    deadline = started + READY_WITHIN_S
    while not await asyncio.to_thread(_ready, config):
        if time.monotonic() > deadline:
            print(f"not ready after {READY_WITHIN_S:.0f} s; going on: see above", flush=True)
            deadline = float("inf")
        await asyncio.sleep(0.1)
    took_s = time.monotonic() - started
    print(
        f"marketmesh is ready in {took_s:.1f} s: {config.edge_url}/api/docs/"
        f"   mails: {config.mailbox_url}/   (Ctrl-C stops it)",
        flush=True,
    )
    if ready_file is not None:
        grpc = {f"{name}_service": config.at(f"{name.upper()}_PORT") for name in DATABASES}
        ready = {"edge": config.edge_url, "mailbox": config.mailbox_url, "grpc": grpc}
        partial = ready_file.with_suffix(".partial")
        partial.write_text(json.dumps({**ready, "ports": dict(config.ports)}))
        partial.rename(ready_file)


def _ready(config: Config) -> bool:
    urls = (f"{config.edge_url}/readyz", f"{config.mailbox_url}/livez")
    try:
        for url in urls:
            urlopen(url, timeout=2).close()  # noqa: S310  # our own, on 127.0.0.1
    except OSError:
        return False
    return True
