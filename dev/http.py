"""Asks the processes of a run over HTTP, without a client's library."""

import asyncio
from contextlib import suppress

from dev.ports import ANSWERS_WITHIN_S, HOST


async def answered(port: int, path: str) -> bytes | None:
    """Returns the body of a GET; None unless the status is 200 in time."""
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            head, _, body = (await _get(port, path)).partition(b"\r\n\r\n")
    except (OSError, TimeoutError):
        return None
    return body if head.split()[1:2] == [b"200"] else None


async def _get(port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {HOST}:{port}\r\n\r\n".encode())
        return await reader.read()
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
