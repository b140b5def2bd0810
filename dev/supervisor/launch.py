"""Starts programs that end with this process, however it ends, see `guard.py`."""

import atexit
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import IO, cast

from dev.supervisor.guard import ENDS_WITHIN_S

NOBODY = 65534
_PYTHON = [sys.executable, "-I", "-S"]
_GUARD, _BEGIN = (str(Path(__file__).with_name(name)) for name in ("guard.py", "begin.py"))

# Descriptors that every launched program holds open too: a lock among them lasts as they do.
held: set[int] = set()


def launch(
    command: list[str],
    *,
    ends_by: signal.Signals,
    directory: Path,
    output: IO[bytes],
    environment: Mapping[str, str] | None = None,
    as_root: bool = True,
    holds: tuple[int, ...] = (),
) -> "subprocess.Popen[bytes]":
    """Starts a program that gets the signal `ends_by` when this process dies. Raises OSError.

    It leads a process group and session of its own: Ctrl-C is for the one who launched it.
    """
    uid = os.geteuid() if as_root or os.geteuid() != 0 else NOBODY
    return guard.watch(
        lambda pipe: subprocess.Popen(
            [*_PYTHON, _BEGIN, str(pipe), str(int(ends_by)), str(uid), *command],
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            pass_fds=[pipe, *held, *holds],
        ),
        ends_by,
    )


class Guard:
    """The guard of this process, started when it is first needed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._programs: list[tuple[subprocess.Popen[bytes], signal.Signals]] = []

    def watch(
        self, start: Callable[[int], "subprocess.Popen[bytes]"], ends_by: signal.Signals
    ) -> "subprocess.Popen[bytes]":
        """Starts a program, which registers itself at the descriptor that `start` is given."""
        with self._lock:
            program = start(self._pipe())
            self._programs = [one for one in self._programs if one[0].returncode is None]
            self._programs.append((program, ends_by))
        return program

    def renew(self) -> None:
        """Replaces a guard that was killed. Raises OSError when no other can be started."""
        with self._lock:
            self._pipe()

    def _pipe(self) -> int:
        """Returns our end of the guard's pipe."""
        if self._process is None or self._process.poll() is not None:
            self._process = _start_guard()
            for program, ends_by in self._programs:
                if program.poll() is None:
                    _end(self._process).write(f"{program.pid} {int(ends_by)}\n".encode())
        return _end(self._process).fileno()


def _start_guard() -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [*_PYTHON, _GUARD],
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    atexit.register(_end_guard, process)
    return process


def _end_guard(process: "subprocess.Popen[bytes]") -> None:
    """Closes the guard's pipe and waits for it, unless a fork of this process holds it open."""
    with suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=ENDS_WITHIN_S)


def _end(process: "subprocess.Popen[bytes]") -> IO[bytes]:
    return cast("IO[bytes]", process.stdin)  # PIPE was asked for


guard = Guard()
