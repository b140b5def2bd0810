"""A process with all that it starts: one process group, which ends as one."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from dev.supervisor.launch import launch

LINE_BYTES = 1024 * 1024
READ_BYTES = 256 * 1024
GATHERS_S = 0.05
KILLED_WITHIN_S = 0.1
LOOKS_EVERY_S = 0.02


class Child:
    """A child that gets SIGTERM when this process dies, so that it can end what it started.

    asyncio's subprocesses need a thread each on Python 3.11: a machine that has none left
    would start the process and lose sight of it.
    """

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        output: asyncio.StreamReader,
        pipe: asyncio.ReadTransport,
    ) -> None:
        self._process = process
        self._output = output
        self._pipe = pipe

    @classmethod
    async def start(
        cls, command: list[str], environment: Mapping[str, str], directory: Path
    ) -> Self:
        """Starts a command. Raises OSError, with nothing of it left running."""
        ours, theirs = os.pipe()
        with os.fdopen(theirs, "wb", buffering=0) as end:
            output, pipe = await _reading(os.fdopen(ours, "rb", buffering=0))
            try:
                process = launch(
                    command,
                    ends_by=signal.SIGTERM,
                    directory=directory,
                    environment=environment,
                    output=end,
                )
            except BaseException:
                pipe.close()
                raise
        return cls(process, output, pipe)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    async def copy(self, say: Callable[..., None]) -> None:
        """Passes its output to `say`, some lines at a time, until nobody holds the other end.

        What comes within GATHERS_S is read at once. A line over LINE_BYTES is cut.
        """
        rest = b""
        while read := await self._output.read(READ_BYTES):
            *lines, rest = (rest + read).split(b"\n")
            if len(rest) > LINE_BYTES:
                lines, rest = [*lines, rest], b""
            if lines:
                say(*(line.decode(errors="replace") for line in lines))
            self._pipe.pause_reading()
            await asyncio.sleep(GATHERS_S)
            self._pipe.resume_reading()
        if rest:
            say(rest.decode(errors="replace"))

    async def end(self, deadline: Callable[[], float]) -> int:
        """Ends the process by SIGTERM, then the whole group by SIGKILL; returns the exit code.

        When the process has ended already, only what it left behind is killed. `deadline` is
        in the time of time.monotonic(), and may come nearer.
        """
        if self.runs:
            self._process.terminate()
            least = time.monotonic() + KILLED_WITHIN_S
            await self._wait(lambda: max(least, deadline()))
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._wait(lambda: float("inf"))
        return self._process.returncode

    def close(self) -> None:
        """Stops reading its output."""
        self._pipe.close()

    async def _wait(self, deadline: Callable[[], float]) -> None:
        while self.runs and time.monotonic() < deadline():  # noqa: ASYNC110  # nobody would set it
            await asyncio.sleep(LOOKS_EVERY_S)


async def _reading(end: IO[bytes]) -> tuple[asyncio.StreamReader, asyncio.ReadTransport]:
    """Returns a reader of a pipe's end, which belongs to the transport from now on."""
    output = asyncio.StreamReader(limit=READ_BYTES)
    try:
        pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(output), end
        )
    except BaseException:
        end.close()
        raise
    return output, pipe
