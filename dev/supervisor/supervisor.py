"""Runs processes in the foreground, and keeps them running.

honcho would read the same Procfile, but ends everything when one process ends; this mesh
is made to survive that, so a process that dies is started again, and one can be stopped
and started by name while the rest runs (`make stop NAME=order`).
"""

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from pathlib import Path
from traceback import extract_tb
from types import MappingProxyType
from typing import Any

from dev.errors import CannotRun
from dev.supervisor.child import Child
from dev.supervisor.console import Console
from dev.supervisor.control import Control
from dev.supervisor.launch import guard
from dev.supervisor.troubles import Troubles, reason

Job = Callable[[], Coroutine[Any, Any, None]]

RESTART_FIRST_S, RESTART_MOST_S = 0.5, 5.0
RAN_WELL_S = 10.0
LOOKS_EVERY_S = 0.2
NOTES_EVERY_S = 2.0
ENDS_WITHIN_S = 12.0
LAST_WORDS_S = 1.0


class Supervisor:
    """A supervisor of commands, by name, that run in `directory` and are stopped by `stages`."""

    def __init__(
        self,
        commands: Mapping[str, list[str]],
        environment: Mapping[str, str],
        directory: Path,
        *,
        stages: Sequence[Sequence[str]],
        control: Control,
        console: Console,
    ) -> None:
        self._commands = commands
        self._environment = environment
        self._directory = directory
        self._stages = stages
        self._control = control
        self._console = console
        self._ending = asyncio.Event()
        self._leave = {name: asyncio.Event() for name in commands}
        self._end_by = float("inf")
        self._troubles = Troubles(console.tell)
        self._broken: list[str] = []
        self._noted: dict[str, tuple[int | None, float]] = {}

    def end(self) -> None:
        """Makes `run` end all processes and return, within ENDS_WITHIN_S and a second."""
        self._ending.set()

    def kill(self) -> None:
        """Makes `run` kill all processes and return."""
        self._end_by = 0.0
        self._ending.set()

    async def run(self, beside: Mapping[str, Job] = MappingProxyType({})) -> None:
        """Runs all until `end`; then none of them is left, nor what they started.

        The jobs `beside` end with it. When one of them breaks, or a task that keeps a process,
        all is ended the same way: a mesh that nobody keeps only looks well. Raises CannotRun then.
        """
        self._control.begin(self._environment)
        kept = {name: self._begin(f"keep {name}", self._keep(name)) for name in self._commands}
        others = [self._begin(name, job()) for name, job in beside.items()]
        others.append(self._begin("keep the guard", self._keep_guard()))
        await self._ending.wait()
        self._end_by = min(self._end_by, time.monotonic() + ENDS_WITHIN_S)
        for stage in self._stages:
            for name in stage:
                self._leave[name].set()
            await asyncio.wait([kept[name] for name in stage])
        for other in others:
            other.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self._broken:
            raise CannotRun(self._broken[0])

    def _begin(self, name: str, job: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(job, name=name)
        task.add_done_callback(self._check)
        return task

    def _check(self, task: asyncio.Task[None]) -> None:
        """Ends all when a task broke."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._broken.append(f"{task.get_name()!r} broke, so all was stopped: {_what(error)}")
            self.end()

    async def _keep(self, name: str) -> None:
        pause_s = RESTART_FIRST_S
        while not self._leave[name].is_set():
            if self._control.is_held(name):
                await self._until_released(name)
                continue
            started = time.monotonic()
            how = await self._run_once(name)
            if self._unwanted(name):
                continue
            if time.monotonic() - started > RAN_WELL_S:
                pause_s = RESTART_FIRST_S
            self._console.say(name, f"{how}; starts again in {pause_s:g} s")
            await self._pause(name, pause_s)
            pause_s = min(2 * pause_s, RESTART_MOST_S)

    async def _until_released(self, name: str) -> None:
        self._console.say(name, f"stopped by hand; `make start NAME={name}` starts it again")
        while self._control.is_held(name) and not self._leave[name].is_set():
            self.note(name, None)
            await self._pause(name, LOOKS_EVERY_S)
        if not self._leave[name].is_set():
            self._console.say(name, "started again by hand")

    async def _keep_guard(self) -> None:
        while True:
            with self._troubles.survived("start a guard, without which a kill -9 leaves processes"):
                guard.renew()
            await asyncio.sleep(LOOKS_EVERY_S)

    async def _run_once(self, name: str) -> str:
        """Runs a process until it ends or is unwanted; returns how it ended."""
        try:
            child = await Child.start(self._commands[name], self._environment, self._directory)
        except OSError as error:  # no process, memory or file descriptor is left for it
            return f"can't be started: {reason(error)}"
        copied = asyncio.create_task(child.copy(partial(self._console.say, name)))
        try:
            while child.runs and not self._unwanted(name):
                self.note(name, child.pid)
                if copied.done():
                    copied.result()  # raises what ended it too early
                await asyncio.sleep(LOOKS_EVERY_S)
        finally:
            late = time.monotonic() + ENDS_WITHIN_S
            code = await child.end(lambda: min(late, self._end_by))
            await asyncio.wait([copied], timeout=LAST_WORDS_S)
            copied.cancel()
            child.close()
            self.note(name, None)
        return f"ended {_how(code)}"

    def note(self, name: str, pid: int | None) -> None:
        """Writes the pid file; called often, so that a write that failed is made up for."""
        noted, at = self._noted.get(name, (None, -float("inf")))
        if noted == pid and time.monotonic() - at < NOTES_EVERY_S:
            return
        self._noted[name] = pid, time.monotonic()
        with self._troubles.survived(f"write down the pid of {name}"):
            if pid is None:
                self._control.has_ended(name)
            else:
                self._control.runs_as(name, pid)

    def _unwanted(self, name: str) -> bool:
        return self._leave[name].is_set() or self._control.is_held(name)

    async def _pause(self, name: str, seconds: float) -> None:
        """Waits, but not longer than the process is wanted."""
        try:
            await asyncio.wait_for(self._leave[name].wait(), seconds)
        except TimeoutError:
            return


def _how(code: int) -> str:
    return f"with exit code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"


def _what(error: BaseException) -> str:
    """Returns one line that names the place, as the error is a bug here."""
    *_, frame = extract_tb(error.__traceback__)
    return f"{type(error).__name__}: {error} ({frame.filename}:{frame.lineno})"
