"""A process with all that it starts: one process group, which ends as one."""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from deploy.local.launch import launched

LINE_BYTES = 1024 * 1024
KILLED_WITHIN_S = 0.1


class Child:
    """One that gets SIGTERM when we die, so that it can end what it started."""

    def __init__(self, process: asyncio.subprocess.Process, output: asyncio.StreamReader) -> None:
        self._process = process
        self._output = output
        self.ended = asyncio.create_task(process.wait())

    @classmethod
    async def start(
        cls, command: list[str], environment: Mapping[str, str], directory: Path
    ) -> Self:
        output, theirs = await _pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *launched(command, ends_by=signal.SIGTERM),
                cwd=directory,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=theirs,
                stderr=theirs,
                start_new_session=True,
            )
        finally:
            os.close(theirs)
        return cls(process, output)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def runs(self) -> bool:
        return not self.ended.done()

    async def copy(self, say: Callable[[str], None]) -> None:
        """Hand on its output line by line, until nobody holds the other end."""
        while True:
            try:
                line = await self._output.readline()
            except ValueError:  # a line over the limit is dropped, the process goes on
                continue
            if not line:
                return
            say(line.decode(errors="replace").rstrip("\n"))

    async def end(self, within_s: float) -> int:
        """Ask it to end, then end the whole group; the exit code.

        Of one that has ended already only what it left behind is ended.
        """
        if self.runs:
            self._process.terminate()
            await asyncio.wait([self.ended], timeout=max(within_s, KILLED_WITHIN_S))
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        return await self.ended


async def _pipe() -> tuple[asyncio.StreamReader, int]:
    """A pipe's two ends. asyncio's own would have a process live on until its heirs end too."""
    ours, theirs = os.pipe()
    output = asyncio.StreamReader(limit=LINE_BYTES)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(output), os.fdopen(ours, "rb")
    )
    return output, theirs
