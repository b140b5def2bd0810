"""An embedded engine: its process, its log, its end."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from dev.errors import CannotRun
from dev.supervisor.launch import launched

STARTS_WITHIN_S = 30.0
ENDS_WITHIN_S = 10.0
LOOKS_EVERY_S = 0.02


class Engine:
    """A server that is ended by the signal `ends_by`, or when this process ends."""

    def __init__(
        self, name: str, log: Path, *, ends_by: signal.Signals, as_root: bool = True
    ) -> None:
        self.name = name
        self.log = log
        self._ends_by = ends_by
        self._as_root = as_root
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """None while the server does not run."""
        if self._process is None or self._process.poll() is not None:
            return None
        return self._process.pid

    def run(self, command: list[str], directory: Path) -> int:
        """Runs one of the engine's tools to its end; returns the exit code."""
        with self.log.open("ab") as log:
            ended = subprocess.run(
                self._launched(command), cwd=directory, stdout=log, stderr=log, check=False
            )
        return ended.returncode

    def launch(self, command: list[str], directory: Path) -> None:
        """Starts the server without waiting; the end of the calling thread ends it too."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._launched(command),
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the supervisor, which ends the engines last
            )

    def wait_until(self, is_ready: Callable[[], bool]) -> None:
        """Waits for the server. Raises CannotRun with its log's last line when time is up."""
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not is_ready():
            if self.pid is None or time.monotonic() > deadline:
                self.stop()
                raise CannotRun(f"{self.name} does not start: {last_line(self.log)} ({self.log})")
            time.sleep(LOOKS_EVERY_S)

    def stop(self) -> None:
        """Ends the server; a repeat does nothing."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(self._ends_by)
        try:
            self._process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _launched(self, command: list[str]) -> list[str]:
        return launched(command, ends_by=self._ends_by, as_root=self._as_root)


def last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1].strip() if lines else "no output"
