"""The balancer before the edges: by turns, and none to one that is not ready or gone."""

import asyncio
import threading
from collections.abc import Collection, Coroutine
from contextlib import suppress
from typing import Self

from dev.ports import HOST, free_port

CONNECTS_WITHIN_S = 0.5
CHUNK_BYTES = 65536
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Balancer:
    """Hands each connection to the next of `upstreams`, addresses with the port `to`."""

    def __init__(self, bind: str = HOST, port: int = 0, *, to: int) -> None:
        self.bind, self.port, self._to = bind, port or free_port(), to
        self.upstreams: list[str] = []
        self._turn = 0
        self._open: dict[str, set[asyncio.StreamWriter]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        serving = asyncio.start_server(self._serve, self.bind, self.port)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self.drop(list(self._open))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def drop(self, gone: Collection[str]) -> None:
        """Ends the connections to upstreams that are gone, as a check of their health does."""
        self._loop.call_soon_threadsafe(self._abort, gone)

    def _abort(self, gone: Collection[str]) -> None:
        for address in gone:
            for writer in self._open.get(address, ()):
                writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.CancelledError):
            if (found := await self._connected()) is not None:
                address, (up_reader, up_writer) = found
                open_now = self._open.setdefault(address, set())
                open_now.add(up_writer)
                await _first_of(_pump(reader, up_writer), _pump(up_reader, writer))
                open_now.discard(up_writer)
                up_writer.close()
        writer.close()

    async def _connected(self) -> tuple[str, Streams] | None:
        for _ in range(len(self.upstreams)):
            self._turn += 1
            address = self.upstreams[self._turn % len(self.upstreams)]
            with suppress(OSError, TimeoutError):
                opened = asyncio.open_connection(address, self._to)
                return address, await asyncio.wait_for(opened, CONNECTS_WITHIN_S)
        return None


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK_BYTES):
            writer.write(data)
            await writer.drain()


async def _first_of(*pumps: Coroutine[None, None, None]) -> None:
    tasks = [asyncio.create_task(pump) for pump in pumps]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
