"""The edge's copy of the list of revoked tokens, kept fresh by a task; see mesh.revocations."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from mesh.errors import DomainError
from mesh.revocations import FAILURES_UNTOLD, POLL_S, Page, Revocations

log = structlog.get_logger("tokens")


class RevocationPoll:
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
        self._failed = 0

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def read(self) -> None:
        """Take what was added; what fails is logged, and the whole list read next time."""
        async with self._reading:
            try:
                while (await self._take()).more:
                    pass
            except DomainError as error:
                self._revocations.sync_token = ""
                self._note(error.reason)
            else:
                self._note("")

    async def _take(self) -> Page:
        page = await self._list_revoked(self._revocations.sync_token)
        self._revocations.take(page)
        return page

    async def _run(self) -> None:
        while True:
            await self.read()
            await asyncio.sleep(POLL_S)

    def _note(self, reason: str) -> None:
        """Said when it goes on failing and when that ends, not each second between."""
        if reason:
            self._failed += 1
            if self._failed == FAILURES_UNTOLD:
                log.warning("revocations_unread", reason=reason)
            return
        if self._failed >= FAILURES_UNTOLD:
            log.info("revocations_read_again")
        self._failed = 0
