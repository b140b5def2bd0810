"""One merged log of all processes on standard output; each one's own in a file."""

import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from io import TextIOWrapper
from logging import LogRecord, makeLogRecord
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Self

from dev.supervisor.lines import is_chatter, readable
from dev.supervisor.output import Output
from dev.supervisor.troubles import Troubles
from mesh.core.terminal import in_colour, painted

COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
KEPT_BYTES = 10_000_000  # of each process, and as much again of what was before
SHOWN_A_SECOND = 50  # lines of level info, as nobody reads more
INFO = ('"level":"info"', '"level": "info"')


class Terminal:
    """Lines for people, each after the name of its process."""

    def __init__(self, names: Iterable[str], write: Callable[[str], None] | None = None) -> None:
        self._write = write or partial(print, flush=True)
        self._names = list(names)
        self._width = max(map(len, self._names), default=0)
        self.coloured = in_colour()
        if isinstance(sys.stdout, TextIOWrapper):  # half a character is no reason to stop
            sys.stdout.reconfigure(errors="backslashreplace")

    def show(self, name: str, line: str) -> None:
        prefix = f"{name:<{self._width}} | "
        if name in self._names:
            colour = COLOURS[self._names.index(name) % len(COLOURS)]
            prefix = painted(prefix, colour, coloured=self.coloured)
        self._write(prefix + readable(line, coloured=self.coloured))


class Pace:
    """Leaves out lines of level info beyond SHOWN_A_SECOND, and tells how many these were."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._second, self._shown, self._left_out = 0, 0, 0

    def shows(self, line: str) -> bool:
        second = int(time.monotonic())
        if second != self._second:
            if self._left_out:
                self._tell(f"marketmesh: {self._left_out} lines are in the files of var alone")
            self._second, self._shown, self._left_out = second, 0, 0
        if self._shown < SHOWN_A_SECOND or not any(level in line for level in INFO):
            self._shown += 1
            return True
        self._left_out += 1
        return False


class Console:
    """The merged log on standard output, and each process' own in `folder`/<name>.log.

    What libraries tell while all is well, and requests that come faster than anybody reads, are
    in the files alone. A full disk costs lines and nothing else; see `Output` for readers.
    """

    def __init__(self, names: Iterable[str], folder: Path, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept = {name: _Log(log_of(folder, name), kept_bytes) for name in names}
        self._output = Output()
        self._terminal = Terminal(self._kept, self.tell)
        self._pace = Pace(self.tell)
        self._troubles = Troubles(self.tell)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for name, log in self._kept.items():
            with self._troubles.survived(f"close the log of {name}"):
                log.close()
        self._output.close()

    def say(self, name: str, *lines: str) -> None:
        if name in self._kept:
            with self._troubles.survived(f"write the log of {name}"):
                self._kept[name].emit(makeLogRecord({"msg": "\n".join(lines)}))
        for line in lines:
            if self._pace.shows(line) and not is_chatter(line):
                self._terminal.show(name, line)

    def tell(self, line: str) -> None:
        """Prints a line about the run itself."""
        self._output.write(line)


class _Log(RotatingFileHandler):
    """A log file whose errors reach the caller, so that writing is tried again each time."""

    def __init__(self, log: Path, kept_bytes: int) -> None:
        super().__init__(log, maxBytes=kept_bytes, backupCount=1, encoding="utf-8")

    def handleError(self, record: LogRecord) -> None:
        """Raises the error of `emit`; the standard library would print it each time."""
        error = sys.exception()
        if error is not None:
            raise error


def log_of(folder: Path, name: str) -> Path:
    return folder / f"{name}.log"


def before(log: Path) -> Path:
    """Returns the file of a log's older part, once it was rotated."""
    return log.with_name(f"{log.name}.1")
