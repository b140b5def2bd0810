"""A TCP proxy that plays the network: it holds back, delays or refuses."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

from dev.ports import HOST

CHUNK_BYTES = 65536
LOOKS_EVERY_S = 0.05


@dataclass
class Way:
    """One direction. While `cut`, bytes wait, as TCP would send them again when healed."""

    cut: bool = False
    delay_s: float = 0.0

    async def passable(self) -> None:
        await asyncio.sleep(self.delay_s)
        while self.cut:  # noqa: ASYNC110  # set from another thread, as an Event can't be
            await asyncio.sleep(LOOKS_EVERY_S)


@dataclass
class Proxy:
    """Hands each connection to the first of `upstreams`, ports, that accepts it."""

    port: int
    upstreams: list[int]
    there: Way = field(default_factory=Way)
    back: Way = field(default_factory=Way)

    def heal(self) -> None:
        for way in (self.there, self.back):
            way.cut, way.delay_s = False, 0.0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        try:
            up = await self._connected()
            if up is not None:
                await _first_of(_pump(reader, up[1], self.there), _pump(up[0], writer, self.back))
                up[1].close()
        finally:
            writer.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for port in list(self.upstreams):
            with suppress(OSError):
                return await asyncio.open_connection(HOST, port)
        return None


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK_BYTES):
            await way.passable()
            writer.write(data)
            await writer.drain()


async def _first_of(*pumps: Coroutine[None, None, None]) -> None:
    """Until one ends; the others are ended with it."""
    tasks = [asyncio.create_task(pump) for pump in pumps]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


class Proxies:
    """Runs proxies on a thread of its own while the context lasts."""

    def __init__(self, *proxies: Proxy) -> None:
        self._proxies = proxies
        self._servers: list[asyncio.Server] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxies", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        for proxy in self._proxies:
            serving = asyncio.start_server(proxy.serve, HOST, proxy.port)
            server = asyncio.run_coroutine_threadsafe(serving, self._loop).result()
            self._servers.append(server)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._cancel_all(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _cancel_all(self) -> None:
        for server in self._servers:
            server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
