"""Runs processes in the foreground, and keeps them running.

honcho would read the same Procfile, but ends everything when one process ends; this mesh
is made to survive that, so a process that dies is started again, and one can be stopped
and started by name while the rest runs (`make stop NAME=order`).
"""

import asyncio
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.local.child import Child
from deploy.local.console import Console
from deploy.local.control import Control

RESTART_FIRST_S, RESTART_MOST_S = 0.5, 5.0
RAN_WELL_S = 10.0
LOOKS_EVERY_S = 0.1
ENDS_WITHIN_S = 12.0
LAST_WORDS_S = 1.0


class Supervisor:
    """Commands by name, run in `directory`; stopped stage by stage."""

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

    def end(self) -> None:
        """Have `run` return, with all ended: within ENDS_WITHIN_S and a second at most."""
        self._ending.set()

    async def run(self) -> None:
        """Until `end`; then none of them is left, nor what they started."""
        self._control.begin(self._environment)
        kept = {name: asyncio.create_task(self._keep(name)) for name in self._commands}
        await self._ending.wait()
        self._end_by = time.monotonic() + ENDS_WITHIN_S
        for stage in self._stages:
            for name in stage:
                self._leave[name].set()
            await asyncio.gather(*(kept[name] for name in stage))

    async def _keep(self, name: str) -> None:
        pause_s = RESTART_FIRST_S
        while not self._leave[name].is_set():
            if self._control.is_held(name):
                await self._pause(name, LOOKS_EVERY_S)
                continue
            started = time.monotonic()
            code = await self._run_once(name)
            if self._unwanted(name):
                continue
            if time.monotonic() - started > RAN_WELL_S:
                pause_s = RESTART_FIRST_S
            self._console.say(name, f"ended {_how(code)}; starts again in {pause_s:g} s")
            await self._pause(name, pause_s)
            pause_s = min(2 * pause_s, RESTART_MOST_S)

    async def _run_once(self, name: str) -> int:
        """Run it until it ends, or is to end; its exit code."""
        child = await Child.start(self._commands[name], self._environment, self._directory)
        self._control.runs_as(name, child.pid)
        copied = asyncio.create_task(child.copy(lambda line: self._console.say(name, line)))
        while child.runs and not self._unwanted(name):
            await asyncio.wait([child.ended], timeout=LOOKS_EVERY_S)
        code = await child.end(min(ENDS_WITHIN_S, self._end_by - time.monotonic()))
        await asyncio.wait([copied], timeout=LAST_WORDS_S)
        copied.cancel()
        self._control.has_ended(name)
        return code

    def _unwanted(self, name: str) -> bool:
        return self._leave[name].is_set() or self._control.is_held(name)

    async def _pause(self, name: str, seconds: float) -> None:
        """Wait, but not longer than the process is wanted."""
        try:
            await asyncio.wait_for(self._leave[name].wait(), seconds)
        except TimeoutError:
            return


def _how(code: int) -> str:
    return f"with exit code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
