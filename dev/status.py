"""The state of each process of a running mesh and of its engines, and where they are found."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from dev.config import DATABASES, ROOT
from dev.parts import parts_of, silent
from dev.ports import HOST, accepts
from dev.supervisor.control import Control
from dev.supervisor.procfile import read_procfile

ENGINE_PORTS = {"PostgreSQL": 5432, "Redis": 6379}
MINUTE_S, HOUR_S = 60, 3600


@dataclass(frozen=True)
class State:
    """The state of one process in the Procfile, which may be several or have several parts.

    Or that of an engine; one that the run did not start has no pid that is known.
    """

    name: str
    address: str
    pid: int | None
    runs_s: float
    held: bool
    parts: int
    serving: int

    @property
    def ready(self) -> bool:
        return self.serving == self.parts

    @property
    def remedy(self) -> str:
        return f"make start NAME={self.name}" if self.held else ""

    def __str__(self) -> str:
        if self.pid is None and not self.serving:
            return f"stopped by hand: {self.remedy}" if self.held else "not running"
        return "ready" if self.ready else f"{self.serving} of {self.parts} parts serve"


def states(control: Control) -> list[State]:
    """Returns the states in the Procfile's order. Raises CannotRun before the mesh has begun."""
    environment = control.environment()
    parts, where = parts_of(environment), addresses(environment)
    missing = asyncio.run(silent(parts))
    serving = [part for part in parts if part not in missing]
    return [
        _state(
            control,
            name,
            where.get(name, ""),
            parts=len([part for part in parts if part.of == name]),
            serving=len([part for part in serving if part.of == name]),
        )
        for name in read_procfile(ROOT / "Procfile")
    ]


def engine_states(control: Control) -> list[State]:
    """Returns the states of all engines that the mesh uses. Raises CannotRun."""
    return [
        _state(control, name, f"{host}:{port}", parts=1, serving=int(accepts(host, port)))
        for name, host, port in dict.fromkeys(_engines(control.environment()))
    ]


def table(found: list[State]) -> Iterator[str]:
    """Yields a line for each: its name, how it is, its address, pid and uptime."""
    for one in found:
        runs = f"pid {one.pid:<8} up {duration(one.runs_s)}" if one.pid else ""
        yield f"{one.name:<15} {one!s:<22} {one.address:<26} {runs}".rstrip()


def addresses(environment: Mapping[str, str]) -> dict[str, str]:
    """Returns where to find each process, by name."""

    def at(port: str) -> str:
        return f"{HOST}:{environment[port]}"

    found = {"edge": f"http://{at('EDGE_PORT')}", "mailbox": f"http://{at('MAILBOX_PORT')}"}
    for name in DATABASES:
        found[name] = f"grpc {at(f'{name.upper()}_PORT')}"
        found[f"{name}-worker"] = f"http://{at(f'{name.upper()}_ADMIN_PORT')}"
    return found


def duration(seconds: float) -> str:
    """Returns the time as a person would say it, such as `4 min`."""
    for unit_s, unit in ((HOUR_S, "h"), (MINUTE_S, "min")):
        if seconds >= unit_s:
            return f"{seconds / unit_s:.0f} {unit}"
    return f"{seconds:.0f} s"


def _state(control: Control, name: str, address: str, *, parts: int, serving: int) -> State:
    return State(
        name,
        address,
        control.pid(name),
        time.time() - (control.started(name) or time.time()),
        control.is_held(name),
        parts=parts,
        serving=serving,
    )


def _engines(environment: Mapping[str, str]) -> Iterator[tuple[str, str, int]]:
    urls = [("PostgreSQL", f"{name.upper()}_DATABASE_URL") for name in DATABASES]
    for engine, variable in [*urls, ("Redis", "REDIS_URL")]:
        for host in urlsplit(environment[variable]).netloc.rpartition("@")[2].split(","):
            address = urlsplit(f"//{host}")
            yield engine, address.hostname or HOST, address.port or ENGINE_PORTS[engine]
