"""Says so once the edge and all behind it answer, to people and to programs."""

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from deploy.local.config import DATABASES, Config
from deploy.local.ports import HOST
from deploy.local.secret import write_private

READY_WITHIN_S = 60.0
LOOKS_EVERY_S = 0.2
ANSWERS_WITHIN_S = 2.0


async def announce(
    config: Config, environment: Mapping[str, str], file: Path | None, started: float
) -> None:
    """One line when it is ready, and one when that takes too long; `file` only when it is."""
    deadline = started + READY_WITHIN_S
    while not await _ready(config):
        if time.monotonic() > deadline:
            print(f"marketmesh is not ready after {READY_WITHIN_S:.0f} s: see above", flush=True)
            deadline = float("inf")
        await asyncio.sleep(LOOKS_EVERY_S)
    if file is not None:
        _write(config, environment, file)
    took_s = time.monotonic() - started
    print(
        f"marketmesh is ready in {took_s:.1f} s: {config.edge_url}/api/docs/"
        f"   mails: {config.mailbox_url}/   (Ctrl-C stops it)",
        flush=True,
    )


def _write(config: Config, environment: Mapping[str, str], file: Path) -> None:
    """Readable by its owner only: the environment holds the databases' passwords."""
    ready = {
        "edge": config.edge_url,
        "mailbox": config.mailbox_url,
        "grpc": {f"{name}_service": config.at(f"{name.upper()}_PORT") for name in DATABASES},
        "ports": dict(config.ports),
        "environment": dict(environment),
    }
    write_private(file, json.dumps(ready))


async def _ready(config: Config) -> bool:
    edge, mailbox = config.ports["EDGE_PORT"], config.ports["MAILBOX_PORT"]
    return await _answer(mailbox, "/livez") is not None and await _whole(edge)


async def _whole(edge: int) -> bool:
    """Whether all services are there; the edge is ready sooner, and says so in words."""
    answer = await _answer(edge, "/readyz")
    return answer is not None and json.loads(answer)["status"] == "ready"


async def _answer(port: int, path: str) -> bytes | None:
    """The body that a GET is answered with; None unless that is a 200."""
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            head, _, body = (await _get(port, path)).partition(b"\r\n\r\n")
    except (OSError, TimeoutError):
        return None
    return body if head.split()[1:2] == [b"200"] else None


async def _get(port: int, path: str) -> bytes:
    """All that comes back for it."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {HOST}:{port}\r\n\r\n".encode())
        return await reader.read()
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
