"""The state of each process of a running mesh: whether it runs, and how much of it serves."""

import asyncio
from dataclasses import dataclass

from dev.config import ROOT
from dev.parts import parts_of, silent
from dev.supervisor.control import Control
from dev.supervisor.procfile import read_procfile


@dataclass(frozen=True)
class State:
    """The state of one process in the Procfile, which may be several or have several parts."""

    name: str
    pid: int | None
    held: bool
    parts: int
    serving: int

    @property
    def ready(self) -> bool:
        return self.pid is not None and self.serving == self.parts

    def __str__(self) -> str:
        if self.pid is None and not self.serving:
            return "not running (stopped by hand)" if self.held else "not running"
        serves = "ready" if self.ready else f"{self.serving} of {self.parts} parts serve"
        return f"pid {self.pid or 'unknown'}, {serves}"


def states(control: Control) -> list[State]:
    """Returns the states in the Procfile's order. Raises CannotRun before the mesh has begun."""
    parts = parts_of(control.environment())
    missing = asyncio.run(silent(parts))
    serving = [part for part in parts if part not in missing]
    return [
        State(
            name,
            control.pid(name),
            control.is_held(name),
            parts=len([part for part in parts if part.of == name]),
            serving=len([part for part in serving if part.of == name]),
        )
        for name in read_procfile(ROOT / "Procfile")
    ]
