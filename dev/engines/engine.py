"""An embedded engine: its process, its log, its end."""

import fcntl
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from dev.errors import CannotRun
from dev.supervisor.launch import launch

PROGRAMS = Path(sys.prefix) / "programs"  # see dev/bootstrap.py
STARTS_WITHIN_S = 30.0
ENDS_WITHIN_S = 10.0
LOOKS_EVERY_S = 0.02


class Engine:
    """A server in `directory`; ended by the signal `ends_by`, or when this process ends.

    Its log is there, and a lock that it and all that it starts hold open, so that one
    that survived whoever started it is known by that.
    """

    def __init__(
        self, name: str, directory: Path, *, ends_by: signal.Signals, as_root: bool = True
    ) -> None:
        self.name = name
        self.log = directory / "log"
        self._directory = directory
        self._ends_by = ends_by
        self._as_root = as_root
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """None while the server does not run."""
        if self._process is None or self._process.poll() is not None:
            return None
        return self._process.pid

    def run(self, command: list[str]) -> int:
        """Runs one of the engine's tools to its end; returns the exit code."""
        return self._launched(command).wait()

    def start(self, command: Callable[[], list[str]], is_ready: Callable[[], bool]) -> None:
        """Starts the server, once one that survived has ended, and waits until it is ready.

        Raises CannotRun.
        """
        deadline = time.monotonic() + ENDS_WITHIN_S
        while not self.launch(command):
            if time.monotonic() > deadline:
                raise CannotRun(f"{self.name} runs on {self._directory} already")
            time.sleep(LOOKS_EVERY_S)
        self._wait_until(is_ready)

    def launch(self, command: Callable[[], list[str]]) -> bool:
        """Starts the server without waiting; returns whether none runs there already.

        `command` is asked when the lock is taken: then no server uses the files.
        """
        with (self._directory / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            self._process = self._launched(command(), lock.fileno())
        return True

    def _wait_until(self, is_ready: Callable[[], bool]) -> None:
        """Waits for the server. Raises CannotRun with its log's last line when time is up."""
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not is_ready():
            if self.pid is None or time.monotonic() > deadline:
                self.stop()
                raise CannotRun(f"{self.name} does not start: {last_line(self.log)} ({self.log})")
            time.sleep(LOOKS_EVERY_S)

    def stop(self, *, by: signal.Signals | None = None) -> None:
        """Ends the server, by `ends_by` or the signal that is named; a repeat does nothing."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(by or self._ends_by)
        try:
            self._process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _launched(self, command: list[str], *holds: int) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return launch(
                command,
                ends_by=self._ends_by,
                directory=self._directory,
                output=log,
                as_root=self._as_root,
                holds=holds,
            )


def last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1].strip() if lines else "no output"
