"""Standard output of a run: a reader that is slow, has stopped or is gone costs lines only."""

import errno
import os
import select
import sys
from contextlib import suppress
from typing import IO

from dev.supervisor.troubles import Troubles

PATIENCE_S = 0.2
# Fits into what a pipe has room for when it has any. Source: pipe(7), PIPE_BUF.
PIECE_CHARS = 1000


class Output:
    """A writer that drops lines for which there is no room, and reports why on standard error.

    A terminal stopped by Ctrl-S, or `make up | less`, would otherwise stop the whole run:
    whoever waits to write reads no process' output, and those wait in turn.
    """

    def __init__(self) -> None:
        self._troubles = Troubles(_say_as_error)
        self._patience_s = PATIENCE_S

    def write(self, line: str) -> None:
        with self._troubles.survived("write to standard output"):
            try:
                self._write(f"{line}\n")
            except BrokenPipeError:
                write_nowhere()
                _say_as_error("marketmesh: nobody reads standard output any more; going on without")

    def close(self) -> None:
        """Drops what nobody has read, which would make Python fail at exit."""
        try:
            if sys.stdout is not None:
                sys.stdout.flush()
        except OSError:
            write_nowhere()

    def _write(self, text: str) -> None:
        """Raises OSError, ValueError."""
        for start in range(0, len(text), PIECE_CHARS):
            if not _has_room(sys.stdout, self._patience_s):
                self._patience_s = 0.0  # not once a line
                raise BlockingIOError(errno.EAGAIN, "nobody reads it")
            print(text[start : start + PIECE_CHARS], end="", flush=True)
        self._patience_s = PATIENCE_S


def write_nowhere() -> None:
    """Points standard output at /dev/null, so that neither a late write nor the exit fails.

    Source: docs.python.org/3/library/signal.html, "Note on SIGPIPE".
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _say_as_error(line: str) -> None:
    with suppress(OSError, ValueError):
        if _has_room(sys.stderr, 0):
            print(line, file=sys.stderr, flush=True)


def _has_room(stream: IO[str] | None, within_s: float) -> bool:
    try:
        descriptor = stream.fileno() if stream else -1
    except OSError:  # none of the system's, as in tests
        descriptor = -1
    return descriptor < 0 or bool(select.select([], [descriptor], [], within_s)[1])
