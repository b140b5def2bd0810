"""Standard output of a run: a reader that is slow, has stopped or is gone costs lines only."""

import errno
import os
import sys
from contextlib import suppress
from queue import Full, Queue
from threading import Thread

from dev.supervisor.troubles import Troubles

KEPT_LINES = 1000  # for a slow reader
LAST_WORDS_S = 1.0
WRITE = "write to standard output"


class Output:
    """A writer that drops lines for which there is no room, and reports why on standard error.

    A terminal stopped by Ctrl-S, or `make up | less`, would otherwise stop the whole run:
    whoever waits to write reads no process' output, and those wait in turn. So a thread
    waits. That a terminal has room for something does not mean that it has room for a line.
    """

    def __init__(self) -> None:
        self._slow, self._broken = Troubles(_say_as_error), Troubles(_say_as_error)
        self._lines: Queue[str | None] = Queue(KEPT_LINES)
        self._writer = Thread(target=self._write_all, name="standard output", daemon=True)
        self._writer.start()

    def write(self, line: str) -> None:
        with self._slow.survived(WRITE):
            try:
                self._lines.put_nowait(line)
            except Full:
                raise BlockingIOError(errno.EAGAIN, "nobody reads it") from None

    def close(self) -> None:
        """Waits for what is not written yet, but not long."""
        with suppress(Full):
            self._lines.put_nowait(None)
        self._writer.join(LAST_WORDS_S)

    def _write_all(self) -> None:
        while (line := self._lines.get()) is not None:
            with self._broken.survived(WRITE):
                try:
                    write(f"{line}\n")
                except BrokenPipeError:
                    write_nowhere()
                    _say_as_error(
                        "marketmesh: nobody reads standard output any more; going on without"
                    )


def write_nowhere() -> None:
    """Points standard output at /dev/null, so that neither a late write nor the exit fails.

    Source: docs.python.org/3/library/signal.html, "Note on SIGPIPE".
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def write(text: str, *, to_stderr: bool = False) -> None:
    """Writes past Python's buffer.

    The end of the program would wait for its lock, and write what is left in it once more.
    """
    stream = sys.stderr if to_stderr else sys.stdout
    try:
        descriptor = stream.fileno()
    except (AttributeError, OSError):  # none of the system's, as in tests
        print(text, end="", file=stream)
        return
    left = text.encode(errors="backslashreplace")
    while left:
        left = left[os.write(descriptor, left) :]


def _say_as_error(line: str) -> None:
    with suppress(OSError, ValueError):
        write(f"{line}\n", to_stderr=True)
