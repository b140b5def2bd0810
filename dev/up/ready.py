"""Announces that every part serves and the edge reaches all services, to people and programs."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from dev.config import DATABASES, STAFF, Config
from dev.http import answered
from dev.parts import Part, parts_of, silent
from dev.secret import write_private
from dev.steps import box
from dev.supervisor.console import Console
from dev.supervisor.troubles import Troubles

READY_WITHIN_S = 60.0
LOOKS_EVERY_S = 0.2
SIGN_IN = f"sign in as: {STAFF[0]}, password: {STAFF[1]}"


async def announce(
    config: Config,
    environment: Mapping[str, str],
    file: Path | None,
    *,
    started: float,
    console: Console,
) -> None:
    """Prints what serves as it begins to, and in the end where all is; writes `file` then."""
    await _until_ready(config, environment, started, console)
    if file is not None:
        await _until_written(config, environment, file, console)
    console.tell(box(_welcome(config, time.monotonic() - started)))


def _welcome(config: Config, took_s: float) -> list[str]:
    staff = [f"http://{config.at(f'{name.upper()}_ADMIN_PORT')} {name}" for name in DATABASES]
    grpc = [f"{config.at(f'{name.upper()}_PORT')} {name}" for name in DATABASES]
    indented = [f"              {text}" for text in (*staff[1:], SIGN_IN)]
    return [
        f"marketmesh is ready in {took_s:.1f} s",
        "",
        f"start here    {config.edge_url}/",
        f"API           {config.edge_url}/api/docs/",
        f"mailbox       {config.mailbox_url}",
        f"staff pages   {staff[0]}",
        *indented,
        f"gRPC          {', '.join(grpc)}",
        "",
        "in another terminal: make demo    then: make status, make doctor, make help",
        "Ctrl-C stops all of it",
    ]


async def _until_ready(
    config: Config, environment: Mapping[str, str], started: float, console: Console
) -> None:
    """Waits until all parts serve at once, and the edge reaches all services."""
    parts = left = parts_of(environment)
    missing = unheard = _names(parts)
    deadline = started + READY_WITHIN_S
    while left or not await _whole(config.ports["EDGE_PORT"]):
        if time.monotonic() > deadline:
            what = ", ".join(missing) or "what the edge calls"
            console.tell(f"marketmesh is not ready after {READY_WITHIN_S:.0f} s: {what}, see above")
            deadline = float("inf")
        await asyncio.sleep(LOOKS_EVERY_S)
        # Once none is missing all are asked again, as one that served may have ended since.
        left = await silent(left) or await silent(parts)
        missing = _names(left)
        for name in unheard:
            if name not in missing:
                console.tell(f"marketmesh: {name} serves after {time.monotonic() - started:.1f} s")
        unheard = [name for name in unheard if name in missing]


def _names(parts: Sequence[Part]) -> list[str]:
    return list(dict.fromkeys(part.of for part in parts))


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
