"""A real PgBouncer, which gives its clients another session for each transaction."""

import shutil
import signal
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from dev.engines.engine import Engine
from dev.errors import CannotRun
from dev.ports import HOST, free_port

SESSIONS = 3  # of each database, fewer than it has clients
CONFIGURATION = f"""\
[databases]
* = host={HOST} port={{postgres}}
[pgbouncer]
listen_addr = {HOST}
listen_port = {{port}}
unix_socket_dir =
pool_mode = transaction
default_pool_size = {SESSIONS}
auth_type = scram-sha-256
auth_file = {{users}}
"""


class PgBouncer:
    """A pooler of transactions in `directory`, before the databases whose URLs are given."""

    def __init__(self, directory: Path, urls: Iterable[str]) -> None:
        parts = [urlsplit(url) for url in urls]
        self.port = free_port()
        self._file = directory / "pgbouncer.ini"
        self.engine = Engine("PgBouncer", directory, ends_by=signal.SIGTERM, as_root=False)
        users = directory / "users"
        users.write_text("".join(f'"{each.username}" "{each.password}"\n' for each in parts))
        self._file.write_text(
            CONFIGURATION.format(postgres=parts[0].port, port=self.port, users=users)
        )

    def __enter__(self) -> Self:
        """Raises CannotRun."""
        program = shutil.which("pgbouncer")
        if program is None:
            raise CannotRun("there is no pgbouncer")
        self.engine.start(lambda: [program, str(self._file)], self._is_ready)
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.stop(by=signal.SIGINT)

    def of(self, url: str) -> str:
        """Returns the URL by which a database is reached through the pooler."""
        parts = urlsplit(url)
        return urlunsplit(
            parts._replace(netloc=f"{parts.username}:{parts.password}@{HOST}:{self.port}")
        )

    def _is_ready(self) -> bool:
        try:
            socket.create_connection((HOST, self.port), timeout=2).close()
        except OSError:
            return False
        return True
