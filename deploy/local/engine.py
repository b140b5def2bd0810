"""What the two embedded engines have in common: a process, its log, its end."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from deploy.local.errors import CannotRun

ENDS_WITHIN_S = 10.0
LOOKS_EVERY_S = 0.02


class Engine:
    """A server started with `command`, its output in `log`."""

    def __init__(self, name: str, log: Path) -> None:
        self.name = name
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(
        self,
        command: list[str],
        answers: Callable[[], bool],
        *,
        within_s: float = 30,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Run until it answers. Raises CannotRun with the last line of its log."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us; we end it when nobody uses it
                env=environment,
            )
        deadline = time.monotonic() + within_s
        while not answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop(signal.SIGKILL)
                raise CannotRun(f"{self.name} does not start: {last_line(self.log)} ({self.log})")
            time.sleep(LOOKS_EVERY_S)

    def stop(self, with_signal: signal.Signals) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        os.kill(self.process.pid, with_signal)
        try:
            self.process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1].strip() if lines else "no output"
