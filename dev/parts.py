"""The parts that a mesh is made of, each of which is asked whether it serves.

A process reports it by `mesh_ready` on the port of its metrics. Workers that share a port,
or a name in the Procfile, have a port each there, so that none responds for another.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dev.config import DATABASES, count_of
from dev.http import answered
from dev.ports import STEP

READY, LIVES = "/metrics?name[]=mesh_ready", "/livez"


@dataclass(frozen=True)
class Part:
    """A part of the process `of`, a name in the Procfile; it serves when `path` has `says`."""

    of: str
    port: int
    path: str
    says: str

    async def serves(self) -> bool:
        """Returns whether the part reports that it serves, within ANSWERS_WITHIN_S."""
        answer = await answered(self.port, self.path)
        return answer is not None and self.says.encode() in answer


def parts_of(environment: Mapping[str, str]) -> list[Part]:
    """Returns all parts of the mesh that runs on this environment."""
    parts = _parts("edge", environment, "EDGE_METRICS_PORT", "http", "EDGE_WORKERS")
    for name in DATABASES:
        own, worker = name.upper(), f"{name}-worker"
        parts += _parts(name, environment, f"{own}_METRICS_PORT", "rpc", f"{own}_SERVICE_PROCESSES")
        parts += _parts(worker, environment, f"{own}_WORKER_METRICS_PORT", "steps")
        parts += _parts(worker, environment, f"{own}_WORKER_METRICS_PORT", "relay")
        parts.append(Part(worker, int(environment[f"{own}_ADMIN_PORT"]), LIVES, "ok"))
    return [*parts, Part("mailbox", int(environment["MAILBOX_PORT"]), LIVES, "ok")]


async def silent(parts: Sequence[Part]) -> list[Part]:
    """Returns the parts that do not serve; all are asked at once."""
    serve = await asyncio.gather(*(part.serves() for part in parts))
    return [part for part, serves in zip(parts, serve, strict=True) if not serves]


def _parts(
    of: str, environment: Mapping[str, str], port: str, part: str, processes: str = ""
) -> list[Part]:
    """Returns one part, or as many as the variable `processes` says."""
    first, says = int(environment[port]), f'mesh_ready{{part="{part}"}} 1.0'
    count = count_of(processes, environment) if processes else 1
    return [Part(of, first + STEP * number, READY, says) for number in range(count)]
