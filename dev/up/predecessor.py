"""A PostgreSQL that outlived the run that started it."""

import time
from pathlib import Path

from dev.errors import CannotRun

ENDS_WITHIN_S = 10.0
LOOKS_EVERY_S = 0.05


def wait_for_predecessor(data: Path) -> None:
    """Let a server that still runs on `data` end: two of them would ruin it.

    After a kill -9 it is told to end by the kernel, and takes a moment. The file that a
    dead one left is PostgreSQL's own to judge, unless its number has gone to a process
    that has nothing to do with it, which PostgreSQL would take for a server. Raises
    CannotRun when it does not end.
    """
    file = data / "postmaster.pid"
    deadline = time.monotonic() + ENDS_WITHIN_S
    while (command := _command(pid := _pid(file))) is not None:
        if str(data).encode() not in command:
            file.unlink(missing_ok=True)
            return
        if time.monotonic() > deadline:
            raise CannotRun(f"a PostgreSQL runs on {data} already, as pid {pid}")
        time.sleep(LOOKS_EVERY_S)


def _pid(file: Path) -> int:
    """The number in the file; 0 when there is none."""
    try:
        return int(file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return 0


def _command(pid: int) -> bytes | None:
    """The command line of a process; None when there is no such process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return None
