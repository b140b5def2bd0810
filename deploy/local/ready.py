"""Says so once the edge and all behind it answer, to people and to programs."""

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from deploy.local.config import DATABASES, Config
from deploy.local.ports import HOST

READY_WITHIN_S = 60.0
LOOKS_EVERY_S = 0.1
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
    partial = file.with_suffix(".partial")
    partial.touch(mode=0o600)
    partial.write_text(json.dumps(ready))
    partial.rename(file)


async def _ready(config: Config) -> bool:
    edge, mailbox = config.ports["EDGE_PORT"], config.ports["MAILBOX_PORT"]
    return await _answers(mailbox, "/livez") and await _answers(edge, "/readyz")


async def _answers(port: int, path: str) -> bool:
    """Whether a GET is answered with 200."""
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            return await _status(port, path) == "200"
    except (OSError, TimeoutError):
        return False


async def _status(port: int, path: str) -> str:
    """The status code of a GET; empty when the answer is none."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {HOST}:{port}\r\n\r\n".encode())
        words = (await reader.readline()).decode("ascii", errors="replace").split()
        return words[1] if len(words) > 1 else ""
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
