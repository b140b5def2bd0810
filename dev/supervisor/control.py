"""Files under `var/run` by which a running supervisor is asked to stop or start a process.

A file `<name>.hold` keeps a process stopped; `<name>.pid` is there while the process runs.
`environment.json` holds the environment of all processes.
"""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from dev.errors import CannotRun
from dev.secret import write_private

DONE_WITHIN_S = 15.0
LOOKS_EVERY_S = 0.05


class Control:
    """The files of the run on `var`."""

    def __init__(self, var: Path) -> None:
        self._run = var / "run"

    def forget(self) -> None:
        """Removes what an earlier run left, so that nobody takes it for what runs now."""
        for left in [*self._run.glob("*.hold"), *self._run.glob("*.pid"), self._environment]:
            left.unlink(missing_ok=True)

    def begin(self, environment: Mapping[str, str]) -> None:
        """Writes the environment of this run, and removes what an earlier one left."""
        self._run.mkdir(parents=True, exist_ok=True)
        self.forget()
        write_private(self._environment, json.dumps(dict(environment)))

    def environment(self) -> dict[str, str]:
        """Returns the environment of the run. Raises CannotRun before it has begun."""
        try:
            return dict(json.loads(self._environment.read_text()))
        except FileNotFoundError:
            raise CannotRun("the mesh is still starting: ask again in a moment") from None

    def hold(self, name: str) -> None:
        """Has a process stopped. Raises CannotRun when it is not stopped in time."""
        self._run.mkdir(parents=True, exist_ok=True)
        self._hold(name).touch()
        self._wait(lambda: self.pid(name) is None, f"{name} did not stop")

    def release(self, name: str) -> None:
        """Has a process started again. Raises CannotRun when it is not started in time."""
        self._hold(name).unlink(missing_ok=True)
        self._wait(lambda: self.pid(name) is not None, f"{name} did not start")

    def is_held(self, name: str) -> bool:
        try:
            return self._hold(name).exists()
        except OSError:  # a folder that can't be read holds nobody
            return False

    def pid(self, name: str) -> int | None:
        """Returns the pid; None when the process does not run, or its pid could not be written."""
        try:
            return int(self._pid(name).read_text())
        except (OSError, ValueError):
            return None

    def started(self, name: str) -> float | None:
        """Returns when the process was started, as time.time() has it; None where pid() is."""
        try:
            return self._pid(name).stat().st_mtime
        except OSError:
            return None

    def runs_as(self, name: str, pid: int) -> None:
        """Writes the pid; a repeat writes only what is missing. Raises OSError."""
        if self.pid(name) != pid:
            self._run.mkdir(parents=True, exist_ok=True)
            self._pid(name).write_text(f"{pid}\n")

    def has_ended(self, name: str) -> None:
        """Removes the pid; a repeat does nothing. Raises OSError."""
        self._pid(name).unlink(missing_ok=True)

    @property
    def _environment(self) -> Path:
        return self._run / "environment.json"

    def _hold(self, name: str) -> Path:
        return self._run / f"{name}.hold"

    def _pid(self, name: str) -> Path:
        return self._run / f"{name}.pid"

    def _wait(self, done: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + DONE_WITHIN_S
        while not done():
            if time.monotonic() > deadline:
                raise CannotRun(f"{otherwise} within {DONE_WITHIN_S:.0f} s")
            time.sleep(LOOKS_EVERY_S)
