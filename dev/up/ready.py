"""Announces that every part serves and the edge reaches all services, to people and programs."""

import asyncio
import json
import time
from collections.abc import Mapping
from pathlib import Path

from dev.config import DATABASES, Config
from dev.http import answered
from dev.parts import parts_of, silent
from dev.secret import write_private
from dev.supervisor.console import Console
from dev.supervisor.troubles import Troubles

READY_WITHIN_S = 60.0
LOOKS_EVERY_S = 0.2


async def announce(
    config: Config,
    environment: Mapping[str, str],
    file: Path | None,
    *,
    started: float,
    console: Console,
) -> None:
    """Prints a line when the mesh is ready, or takes too long; writes `file` when it is ready."""
    await _until_ready(config, environment, started + READY_WITHIN_S, console)
    if file is not None:
        await _until_written(config, environment, file, console)
    took_s = time.monotonic() - started
    console.tell(
        f"marketmesh is ready in {took_s:.1f} s: {config.edge_url}/api/docs/"
        f"   mails: {config.mailbox_url}/   (Ctrl-C stops it)"
    )


async def _until_ready(
    config: Config, environment: Mapping[str, str], deadline: float, console: Console
) -> None:
    """Waits until all parts serve at once, and the edge reaches all services."""
    parts = left = parts_of(environment)
    while left or not await _whole(config.ports["EDGE_PORT"]):
        if time.monotonic() > deadline:
            missing = ", ".join(dict.fromkeys(part.of for part in left)) or "what the edge calls"
            console.tell(
                f"marketmesh is not ready after {READY_WITHIN_S:.0f} s: {missing}, see above"
            )
            deadline = float("inf")
        await asyncio.sleep(LOOKS_EVERY_S)
        # Once none is missing all are asked again, as one that served may have ended since.
        left = await silent(left) or await silent(parts)


async def _until_written(
    config: Config, environment: Mapping[str, str], file: Path, console: Console
) -> None:
    troubles, written = Troubles(console.tell), False
    while not written:
        with troubles.survived(f"write {file}"):
            _write(config, environment, file)
            written = True
        await asyncio.sleep(0 if written else LOOKS_EVERY_S)


def _write(config: Config, environment: Mapping[str, str], file: Path) -> None:
    """Writes a file for its owner only, as the environment holds the databases' passwords."""
    ready = {
        "edge": config.edge_url,
        "mailbox": config.mailbox_url,
        "grpc": {f"{name}_service": config.at(f"{name.upper()}_PORT") for name in DATABASES},
        "ports": dict(config.ports),
        "environment": dict(environment),
    }
    write_private(file, json.dumps(ready))


async def _whole(edge: int) -> bool:
    """Returns whether the edge reaches all services; `/readyz` is 200 sooner, as `degraded`."""
    answer = await answered(edge, "/readyz")
    try:
        return answer is not None and json.loads(answer)["status"] == "ready"
    except ValueError:  # cut off, as the edge was ended just then
        return False
