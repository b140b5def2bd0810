"""PostgreSQL with a standby, which has each commit before the commit is answered."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self
from unittest.mock import patch
from urllib.parse import urlsplit

import psycopg
from django.db import connections

from dev.engines.engine import last_line
from dev.engines.postgres import Postgres
from dev.engines.psql import programs
from dev.errors import CannotRun
from dev.ports import HOST
from mesh.db.replica import ALIAS
from tests.support.waiting import eventually

STREAMS = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"


class Standby(Postgres):
    """A copy of the primary's, made when it is started, that follows it."""

    def __init__(self, directory: Path, *, of: Postgres, host: str = HOST) -> None:
        super().__init__(directory, port=0, host=host)
        self._of = of

    def _password_file(self, role: str) -> Path:
        return self._of._password_file(role)  # a standby has its primary's roles

    def _make(self, growing: Path) -> None:
        command = [
            str(programs() / "pg_basebackup"),
            f"--dbname={self._of.superuser_url}",
            f"--pgdata={growing}",
            "--write-recovery-conf",
            "--checkpoint=fast",
            "--no-sync",
        ]
        if self.engine.run(command) != 0:
            raise CannotRun(f"pg_basebackup failed: {last_line(self.engine.log)}")


@contextmanager
def as_replica(server: Postgres) -> Iterator[None]:
    """Has a server be the replica of the database under test."""
    told = connections.settings["default"] | {"HOST": server.host, "PORT": str(server.port)}
    with patch.dict(connections.settings, {ALIAS: told}):
        yield


@contextmanager
def paused(standby: Postgres) -> Iterator[None]:
    """Has a standby replay nothing of what it gets, inside the `with`."""
    with psycopg.connect(standby.superuser_url, autocommit=True) as session:
        session.execute("SELECT pg_wal_replay_pause()")
        state = "SELECT pg_get_wal_replay_pause_state()"
        eventually(lambda: session.execute(state).fetchone() == ("paused",), 60)
        try:
            yield
        finally:
            session.execute("SELECT pg_wal_replay_resume()")


class ReplicatedPostgres:
    """Both of them, in processes of their own."""

    def __init__(self, directory: Path) -> None:
        self.primary = Postgres(directory / "primary", port=0)
        self.standby = Standby(directory / "standby", of=self.primary)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with self._stack:
            self._stack.enter_context(self.primary)
            self._stack.enter_context(self.standby)
            wait_for_standby(self.primary)
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def create(self, name: str) -> str:
        """Returns the URL of a new database, which names both hosts."""
        at = urlsplit(self.primary.create(name))
        return f"postgresql://{at.username}:{at.password}@{self.hosts}{at.path}"

    @property
    def hosts(self) -> str:
        return ",".join(f"{HOST}:{server.port}" for server in (self.primary, self.standby))

    def fail_over(self) -> None:
        """Ends the primary as a crash would, and promotes the standby."""
        self.primary.engine.stop(by=signal.SIGQUIT)
        promote(self.standby)


def wait_for_standby(primary: Postgres) -> None:
    """Has each commit wait for the standby from now on."""
    with psycopg.connect(primary.superuser_url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        connection.execute("SELECT pg_reload_conf()")
        eventually(lambda: connection.execute(STREAMS).fetchone() == (1,), 60)


def promote(standby: Postgres) -> None:
    with psycopg.connect(standby.superuser_url, autocommit=True) as connection:
        connection.execute("SELECT pg_promote()")
