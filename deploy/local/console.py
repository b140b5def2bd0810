"""One merged log of all processes on standard output; each one's own in a file."""

import os
import sys
from collections.abc import Iterable
from logging import makeLogRecord
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Self

from deploy.local.lines import painted, readable

COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
KEPT_BYTES = 10_000_000  # of each process, and as much again of what was before


class Terminal:
    """Lines for people, each after the name of its process.

    In colour where there is a terminal and NO_COLOR is not set. Source: no-color.org.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = list(names)
        self._width = max(map(len, self._names), default=0)
        self._coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")

    def show(self, name: str, line: str) -> None:
        prefix = f"{name:<{self._width}} | "
        if name in self._names:
            colour = COLOURS[self._names.index(name) % len(COLOURS)]
            prefix = painted(prefix, colour, coloured=self._coloured)
        print(prefix + readable(line, coloured=self._coloured), flush=True)


class Console:
    """Shows what processes write, and keeps it as they wrote it: in `folder`/<name>.log."""

    def __init__(self, names: Iterable[str], folder: Path, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept = {name: _file(log_of(folder, name), kept_bytes) for name in names}
        self._terminal = Terminal(self._kept)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._kept.values():
            file.close()

    def say(self, name: str, line: str) -> None:
        if name in self._kept:
            self._kept[name].emit(makeLogRecord({"msg": line}))
        self._terminal.show(name, line)


def log_of(folder: Path, name: str) -> Path:
    return folder / f"{name}.log"


def before(log: Path) -> Path:
    """Where a log's older part is, once it has grown too long."""
    return log.with_name(f"{log.name}.1")


def _file(log: Path, kept_bytes: int) -> RotatingFileHandler:
    return RotatingFileHandler(log, maxBytes=kept_bytes, backupCount=1, encoding="utf-8")
