"""Processes that a killed run has left: the kernel tells them to end, which takes a moment."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from dev.supervisor.control import Control

END_WITHIN_S = 10.0
LOOKS_EVERY_S = 0.1


def end_leftovers(var: Path, *, within_s: float = END_WITHIN_S) -> None:
    """Waits for the processes of an earlier run on `var`; kills those that do not end in time."""
    control = Control(var)
    deadline = time.monotonic() + within_s
    while left := [pid for pid in control.pids() if _is_of(var, pid)]:
        if time.monotonic() > deadline:
            for pid in left:
                with suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
        time.sleep(LOOKS_EVERY_S)


def _is_of(var: Path, pid: int) -> bool:
    """Returns whether a process belongs to the run on `var`: a pid may be reused by anyone."""
    try:
        told = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return f"MARKET_VAR={var}".encode() in told
