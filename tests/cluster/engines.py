"""PostgreSQL with a synchronous standby and Redis with Sentinels, on hosts of the rig."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from dev.config import DATABASES
from dev.engines.postgres import Postgres
from dev.engines.redis import Redis
from tests.cluster.network import Host
from tests.support.sentinel import PRIMARY, Replica, Sentinel, knows_all
from tests.support.standby import Standby, promote, wait_for_standby
from tests.support.waiting import eventually

CONNECTIONS = 400  # of all processes on all hosts


class _ForTheRig(Postgres):
    def _make(self, growing: Path) -> None:
        super()._make(growing)
        with (growing / "pg_hba.conf").open("a") as access:
            access.write("host all,replication all samenet scram-sha-256\n")

    def _command(self) -> list[str]:
        return [*super()._command(), "-c", f"max_connections={CONNECTIONS}"]


class _StandbyOfTheRig(_ForTheRig, Standby):
    def _make(self, growing: Path) -> None:
        Standby._make(self, growing)  # which copies the rules of access too


class _OpenRedis(Redis):
    def _command(self) -> list[str]:
        return [*super()._command(), "--protected-mode", "no"]


class _OpenReplica(_OpenRedis, Replica):
    pass


class Engines:
    """Primaries on the first host, copies on the second, a Sentinel on each."""

    def __init__(self, directory: Path, hosts: Sequence[Host]) -> None:
        one, two, *_ = self._hosts = hosts
        self._postgres = _ForTheRig(directory / "postgres", port=0, host=one.address)
        self._standby = _StandbyOfTheRig(directory / "standby", of=self._postgres, host=two.address)
        self._redis = _OpenRedis(directory / "redis", port=0, host=one.address)
        self._replica = _OpenReplica(directory / "replica", of=self._redis, host=two.address)
        self._sentinels = [
            Sentinel(directory / host.name, of=self._redis, host=host.address) for host in hosts
        ]
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with self._stack:
            for host, engine in zip(self._hosts, (self._postgres, self._standby), strict=False):
                with host.inside():
                    self._stack.enter_context(engine)
            for host, redis in zip(self._hosts, (self._redis, self._replica), strict=False):
                with host.inside():
                    self._stack.enter_context(redis)
            for host, sentinel in zip(self._hosts, self._sentinels, strict=True):
                with host.inside():
                    self._stack.enter_context(sentinel)
            wait_for_standby(self._postgres)
            eventually(lambda: all(map(knows_all, self._sentinels)), 60)
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def urls(self) -> dict[str, str]:
        """Returns what the mesh is told, with every host that may be the primary."""
        sentinels = ",".join(f"{each.host}:{each.port}" for each in self._sentinels)
        return {
            **{f"{name.upper()}_DATABASE_URL": self._database(name) for name in DATABASES},
            "REDIS_URL": f"redis+sentinel://{sentinels}/{PRIMARY}/0",
        }

    def _database(self, name: str) -> str:
        at = urlsplit(self._postgres.create(f"market_{name}"))
        hosts = ",".join(f"{each.host}:{each.port}" for each in (self._postgres, self._standby))
        return f"postgresql://{at.username}:{at.password}@{hosts}{at.path}"

    def promote_standby(self) -> None:
        promote(self._standby)
