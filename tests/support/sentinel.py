"""Redis with a replica and three Sentinels, which promote it when the primary ends."""

import signal
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from redis import Redis as Client

from dev.engines.engine import Engine
from dev.engines.redis import Redis, program
from dev.ports import HOST, free_port
from tests.support.waiting import eventually

PRIMARY = "market"
# Long enough that a busy machine's pause is not taken for an end.
DOWN_AFTER_MS = 1_000
CONFIGURATION = f"""\
bind {{host}}
protected-mode no
port {{port}}
sentinel monitor {PRIMARY} {{of.host}} {{of.port}} 2
sentinel down-after-milliseconds {PRIMARY} {DOWN_AFTER_MS}
sentinel failover-timeout {PRIMARY} 5000
"""


class Replica(Redis):
    def __init__(self, directory: Path, *, of: Redis, host: str = HOST) -> None:
        super().__init__(directory, port=0, durable=False, host=host)
        self._primary = of

    def _command(self) -> list[str]:
        of = self._primary
        return [*super()._command(), "--replicaof", of.host, str(of.port)]


class Sentinel:
    def __init__(self, directory: Path, *, of: Redis, host: str = HOST) -> None:
        self._file = directory / "sentinel.conf"
        self.host, self.port = host, free_port()
        directory.mkdir(parents=True)
        self._file.write_text(CONFIGURATION.format(host=host, port=self.port, of=of))
        self.engine = Engine("Sentinel", directory, ends_by=signal.SIGTERM)

    def __enter__(self) -> Self:
        self.engine.start(lambda: [program(), str(self._file), "--sentinel"], self._is_ready)
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.stop()

    def _is_ready(self) -> bool:
        try:
            socket.create_connection((self.host, self.port), timeout=2).close()
        except OSError:
            return False
        return True


class ReplicatedRedis:
    """All of them, in processes of their own; `url` is what the mesh is told."""

    def __init__(self, directory: Path) -> None:
        self.primary = Redis(directory / "primary", port=0, durable=False)
        self.replica = Replica(directory / "replica", of=self.primary)
        self.sentinels = [
            Sentinel(directory / f"sentinel{number}", of=self.primary) for number in range(3)
        ]
        self._stack = ExitStack()

    @property
    def url(self) -> str:
        hosts = ",".join(f"{HOST}:{sentinel.port}" for sentinel in self.sentinels)
        return f"redis+sentinel://{hosts}/{PRIMARY}/0"

    def __enter__(self) -> Self:
        """Waits until the Sentinels know of one another and of the replica."""
        with self._stack:
            for server in (self.primary, self.replica):
                self._stack.enter_context(server)
            for sentinel in self.sentinels:
                self._stack.enter_context(sentinel)
            eventually(lambda: all(map(knows_all, self.sentinels)), 60)
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def wait_until_promoted(self) -> None:
        with Client(host=HOST, port=self.replica.port) as client:
            eventually(lambda: dict(client.info("replication"))["role"] == "master", 60)


def knows_all(sentinel: Sentinel) -> bool:
    with Client(host=sentinel.host, port=sentinel.port) as client:
        seen = dict(client.sentinel_master(PRIMARY))
        replicas = [dict(each) for each in client.sentinel_slaves(PRIMARY)]
    links = [each["master-link-status"] for each in replicas]
    return seen["num-other-sentinels"] == 2 and links == ["ok"]
