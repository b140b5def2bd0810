"""An asyncio process's copy of the list of revoked tokens, kept fresh by a task."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from mesh.auth.revocations import POLL_S, Page, Revocations
from mesh.core.errors import DomainError


class AsyncRevocationPoll:
    """Reads every second from `start` to `stop`. No request waits for it, but the first.

    While the list can't be read the copy is kept: tokens live five minutes at most.
    """

    def __init__(
        self, revocations: Revocations, list_revoked: Callable[[str], Awaitable[Page]]
    ) -> None:
        self._revocations = revocations
        self._list_revoked = list_revoked
        self._reading = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def read(self) -> None:
        """Take what was added, if it can be read."""
        async with self._reading:
            try:
                while (await self._take()).more:
                    pass
            except DomainError as error:
                self._revocations.miss(error.reason)

    async def _take(self) -> Page:
        page = await self._list_revoked(self._revocations.sync_token)
        self._revocations.take(page)
        return page

    async def _run(self) -> None:
        while True:
            await self.read()
            await asyncio.sleep(POLL_S)
