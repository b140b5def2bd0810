"""A mesh whose members count: the edge and the services on the way of a request."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TextIO

import httpx
import psycopg

from dev.config import DATABASES, ROOT, Config
from dev.engines.postgres import Postgres
from dev.engines.redis import Redis
from dev.up.setup import set_up
from tests.bench import rows
from tests.bench.workloads import Tokens
from tests.support.waiting import eventually

MEMBERS = ("user_service", "order_service", "edge_api")
READY_WITHIN_S = 120.0
ENDS_WITHIN_S = 30.0
# Further lines of a statement begin with a tab.
_STATEMENT = re.compile(
    r"^market_\w+\|LOG: +(?:statement|execute [^:]*): *((?:.|\n\t)*)$", re.MULTILINE
)


class Member:
    """A process that counts, see `tests.costs.counted`."""

    def __init__(self, connection: socket.socket) -> None:
        self._lines: IO[str] = connection.makefile("rw")

    def counts(self) -> dict[str, int]:
        """Returns how often each function was called since this was last asked."""
        return self._ask("counts")

    def trace(self, file: Path) -> None:
        self._ask(f"trace {file}")

    def stop(self) -> None:
        self._ask("stop")

    def quiet(self) -> None:
        self._ask("quiet")

    def _ask(self, command: str) -> dict[str, int]:
        self._lines.write(command + "\n")
        self._lines.flush()
        return dict(json.loads(self._lines.readline()))


class CountedMesh:
    """`edge` is the edge's URL; `statements` reads what PostgreSQL was sent since it was asked."""

    def __init__(self, edge: str, members: Mapping[str, Member], log: TextIO) -> None:
        self.edge = edge
        self.members = members
        self._log = log

    def statements(self) -> list[str]:
        return _STATEMENT.findall(self._log.read())


@contextmanager
def counted_mesh(folder: Path, tokens: Tokens) -> Iterator[CountedMesh]:
    """Runs a mesh with the rows of the benchmarks; one process a member, no workers."""
    config = Config.read(folder, any_ports=True)
    with ExitStack() as stack:
        postgres = Postgres(folder / "postgres", port=config.ports["PG_PORT"], durable=False)
        redis = Redis(folder / "redis", port=config.ports["REDIS_PORT"], durable=False)
        stack.enter_context(postgres), stack.enter_context(redis)
        urls = {name: postgres.create(f"market_{name}") for name in DATABASES}
        named = {f"{name.upper()}_DATABASE_URL": url for name, url in urls.items()}
        environment = config.environment({**named, "REDIS_URL": redis.url})
        environment["PYTHONHASHSEED"] = "0"
        set_up(environment, folder)
        rows.fill(urls, tokens.keys.jwks()["keys"][0])
        _log_statements(postgres.superuser_url)
        members = {
            name: stack.enter_context(_member(name, environment, folder)) for name in MEMBERS
        }
        _wait(config.edge_url)
        for member in members.values():
            member.quiet()
        log = stack.enter_context((folder / "postgres" / "log").open())
        yield CountedMesh(config.edge_url, members, log)


@contextmanager
def _member(name: str, environment: Mapping[str, str], folder: Path) -> Iterator[Member]:
    at = folder / f"{name}.counts"
    command = [sys.executable, "-m", "tests.costs.counted", name, "serve"]
    with (folder / f"{name}.log").open("wb") as log:
        running = subprocess.Popen(
            command,
            env={**environment, "COUNTS_SOCKET": str(at)},
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
    try:
        eventually(at.exists, READY_WITHIN_S)
        with socket.socket(socket.AF_UNIX) as connection:
            eventually(lambda: _connected(connection, at), READY_WITHIN_S)
            yield Member(connection)
    finally:
        running.send_signal(signal.SIGTERM)
        try:
            running.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def _connected(connection: socket.socket, at: Path) -> bool:
    return connection.connect_ex(str(at)) == 0


def _log_statements(superuser_url: str) -> None:
    """Has PostgreSQL log each statement of new connections, with the database before it."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET log_statement = 'all'")
        connection.execute("ALTER SYSTEM SET log_line_prefix = '%d|'")
        connection.execute("SELECT pg_reload_conf()")


def _wait(edge: str) -> None:
    def serves() -> bool:
        try:
            return httpx.get(f"{edge}/api/products/{rows.sku(0)}/").status_code == 200
        except httpx.TransportError:
            return False

    eventually(serves, READY_WITHIN_S, 0.2)
