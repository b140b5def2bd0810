"""A supervisor over the commands of `toy_mesh`, in a process of its own."""

import subprocess
import sys
from pathlib import Path
from typing import IO

from dev.config import ROOT
from dev.supervisor.control import Control
from tests.support.waiting import eventually


class ToyMesh:
    """A running supervisor; output and errors go to a log file, or to `output`."""

    def __init__(self, var: Path, *more: str, output: IO[bytes] | int | None = None) -> None:
        self.var = var
        self._log = var / "log"
        self._child = var / "child"
        self.control = Control(var)
        with self._log.open("wb") as log:
            command = [sys.executable, "-m", "dev.tests.toy_mesh", str(var), *more]
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdout=log if output is None else output, stderr=log
            )

    def wait_until_up(self) -> None:
        eventually(lambda: self._child.exists() and self.edge() is not None)

    def log(self) -> str:
        return self._log.read_text()

    def pids(self) -> list[int]:
        """Returns the pids of its processes, and of what they started."""
        pids = [self.control.pid(name) for name in ("edge", "parent")]
        return [pid for pid in pids if pid is not None] + [int(self._child.read_text())]

    def edge(self) -> int | None:
        """Returns the edge's pid as the system knows it, whatever the pid file holds."""
        return next(filter(_is_edge, children(self.process.pid)), None)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(60)


def lives(pid: int) -> bool:
    return _stat(pid)[:1] not in ([], ["Z"])


def children(parent: int) -> list[int]:
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if _stat(pid)[1:2] == [str(parent)]]


def _is_edge(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() == b"sleep\x001000\x00"
    except OSError:
        return False


def _stat(pid: int) -> list[str]:
    """Returns state, parent, …; empty when there is no such process. Source: proc(5)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
