"""Runs the Procfile's processes in the foreground, and keeps them running.

honcho would read the same file, but ends everything when one process ends; this mesh is
made to survive that, so a process that dies is started again, and one can be stopped and
started by name while the rest runs (`make stop NAME=order`).
"""

import asyncio
import os
import shlex
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from deploy.local.launch import end_with_parent

RESTART_FIRST_S, RESTART_MOST_S = 0.5, 5.0
RAN_WELL_S = 10.0
LOOKS_EVERY_S = 0.2
ENDS_WITHIN_S = 10.0
COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
LINE_BYTES = 1024 * 1024


def read_procfile(path: Path) -> dict[str, list[str]]:
    """Command by name; `python` is the one that runs us."""
    commands: dict[str, list[str]] = {}
    for line in path.read_text().splitlines():
        name, separator, command = line.partition(":")
        if separator and not name.startswith("#"):
            words = shlex.split(command)
            commands[name.strip()] = [sys.executable if w == "python" else w for w in words]
    return commands


class Supervisor:
    """Processes by name, in one merged log. `holds` is the folder where stops are asked for."""

    def __init__(
        self, commands: Mapping[str, list[str]], environment: Mapping[str, str], holds: Path
    ) -> None:
        self._commands = commands
        self._environment = environment
        self._holds = holds
        self._width = max(map(len, commands))
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._ending = asyncio.Event()
        holds.mkdir(parents=True, exist_ok=True)
        for hold in holds.iterdir():
            hold.unlink()

    def end(self) -> None:
        self._ending.set()

    async def run(self) -> None:
        """Until `end`; then none of them is left."""
        async with asyncio.TaskGroup() as group:
            for name in self._commands:
                group.create_task(self._keep(name))
            await self._ending.wait()

    async def _keep(self, name: str) -> None:
        pause_s = RESTART_FIRST_S
        while not self._ending.is_set():
            if self._held(name):
                await self._pause(LOOKS_EVERY_S)
                continue
            started = time.monotonic()
            code = await self._run_once(name)
            if self._ending.is_set() or self._held(name):
                continue
            if time.monotonic() - started > RAN_WELL_S:
                pause_s = RESTART_FIRST_S
            self.say(name, f"ended with {code}; starts again in {pause_s:g} s")
            await self._pause(pause_s)
            pause_s = min(2 * pause_s, RESTART_MOST_S)

    async def _run_once(self, name: str) -> int:
        process = await asyncio.create_subprocess_exec(
            *self._commands[name],
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=dict(self._environment),
            limit=LINE_BYTES,
            preexec_fn=lambda: end_with_parent(signal.SIGKILL),
            start_new_session=True,
        )
        self._running[name] = process
        (self._holds.parent / f"{name}.pid").write_text(f"{process.pid}\n")
        copied = asyncio.create_task(self._copy(name, process))
        waited = asyncio.create_task(process.wait())
        while not waited.done() and not self._ending.is_set() and not self._held(name):
            await self._pause(LOOKS_EVERY_S, waited)
        if not waited.done():
            await _end(process, waited)
        await copied
        (self._holds.parent / f"{name}.pid").unlink(missing_ok=True)
        return await waited

    async def _copy(self, name: str, process: asyncio.subprocess.Process) -> None:
        output = cast(asyncio.StreamReader, process.stdout)
        while True:
            try:
                line = await output.readline()
            except ValueError:  # a line over the limit is dropped, the process goes on
                continue
            if not line:
                return
            self.say(name, line.decode(errors="replace").rstrip("\n"))

    def say(self, name: str, text: str) -> None:
        prefix = f"{name:<{self._width}} | "
        if sys.stdout.isatty():
            colour = COLOURS[list(self._commands).index(name) % len(COLOURS)]
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        print(prefix + text, flush=True)

    def _held(self, name: str) -> bool:
        return (self._holds / name).exists()

    async def _pause(self, seconds: float, sooner: "asyncio.Task[int] | None" = None) -> None:
        ending = asyncio.ensure_future(self._ending.wait())
        await asyncio.wait(
            [ending, *([sooner] if sooner else [])],
            timeout=seconds,
            return_when=asyncio.FIRST_COMPLETED,
        )
        ending.cancel()


async def _end(process: asyncio.subprocess.Process, waited: "asyncio.Task[int]") -> None:
    """Ask the process to end, and after ten seconds end it with all that it started."""
    process.terminate()
    done, _ = await asyncio.wait([waited], timeout=ENDS_WITHIN_S)
    if not done:
        os.killpg(process.pid, signal.SIGKILL)
