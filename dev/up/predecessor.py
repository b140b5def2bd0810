"""A PostgreSQL that outlived the run that started it."""

import time
from pathlib import Path

from dev.errors import CannotRun

ENDS_WITHIN_S = 10.0
LOOKS_EVERY_S = 0.05


def wait_for_predecessor(data: Path) -> None:
    """Waits until a server that still runs on `data` has ended: two would ruin the data.

    After a kill -9 of the run the kernel tells the server to end, which takes a moment. The
    pid file of a dead server is PostgreSQL's own to judge, unless the pid has gone to another
    program, which PostgreSQL would take for a server: then the file is removed. Raises
    CannotRun when the server does not end.
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
    """Returns the pid in the file; 0 when there is none."""
    try:
        return int(file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return 0


def _command(pid: int) -> bytes | None:
    """Returns the command line of a process; None when there is no such process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return None
