"""PostgreSQL and Redis of a run, unless the environment names others."""

import asyncio
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Self

from dev.config import Config
from dev.engines.postgres import Postgres
from dev.engines.redis import Redis
from dev.errors import CannotRun
from dev.steps import step
from dev.supervisor.console import Console
from dev.supervisor.troubles import reason

RESTART_FIRST_S, RESTART_MOST_S = 0.5, 5.0
RAN_WELL_S = 10.0
LOOKS_EVERY_S = 0.2


class Engines:
    """The engines, started and ended with the context; `urls` maps variables to their URLs."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._stack = ExitStack()
        self._running: list[Postgres | Redis] = []
        self.urls: dict[str, str] = {}

    def __enter__(self) -> Self:
        """Raises CannotRun, with none of them left running."""
        with self._stack:
            if self._config.databases:
                self._start_postgres()
            if self._config.runs_redis:
                self._start_redis()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    async def keep(self, console: Console, note: Callable[[str, int | None], None]) -> None:
        """Restarts engines that end, until cancelled; `note` is told their pids, often."""
        await asyncio.gather(*(self._keep(engine, console, note) for engine in self._running))

    async def _keep(
        self,
        server: Postgres | Redis,
        console: Console,
        note: Callable[[str, int | None], None],
    ) -> None:
        pause_s, started = RESTART_FIRST_S, time.monotonic()
        while True:
            await asyncio.sleep(LOOKS_EVERY_S)
            note(server.engine.name, server.engine.pid)
            if server.engine.pid is not None:
                continue
            if time.monotonic() - started > RAN_WELL_S:
                pause_s = RESTART_FIRST_S
            console.say(server.engine.name, f"ended; starts again in {pause_s:g} s")
            await asyncio.sleep(pause_s)
            pause_s, started = min(2 * pause_s, RESTART_MOST_S), time.monotonic()
            try:
                if not server.launch():
                    console.say(server.engine.name, "still ends")
            except (OSError, CannotRun) as error:
                console.say(server.engine.name, f"can't be started: {reason(error)}")

    def _start_postgres(self) -> None:
        config = self._config
        with step("starting PostgreSQL"):
            postgres = Postgres(config.var / "postgres", port=config.ports["PG_PORT"])
            self._running.append(self._stack.enter_context(postgres))
            for name in config.databases:
                self.urls[f"{name.upper()}_DATABASE_URL"] = postgres.create(f"market_{name}")

    def _start_redis(self) -> None:
        with step("starting Redis"):
            redis = Redis(self._config.var / "redis", port=self._config.ports["REDIS_PORT"])
            self._running.append(self._stack.enter_context(redis))
        self.urls["REDIS_URL"] = redis.url
