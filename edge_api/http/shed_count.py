"""Counts the requests that are refused under overload, when there are as many as answers."""

import asyncio

import structlog

from mesh.telemetry.metrics import HTTP_SHED

LOGGED_EVERY_S = 1.0

log = structlog.get_logger("edge")


class ShedCount:
    """For one event loop. A line for each would cost more than refusing: one a second it is."""

    def __init__(self) -> None:
        self._unlogged = 0

    def count(self) -> None:
        HTTP_SHED.inc()
        if not self._unlogged:
            asyncio.get_running_loop().call_later(LOGGED_EVERY_S, self._log)
        self._unlogged += 1

    def _log(self) -> None:
        log.warning("requests_shed", count=self._unlogged)
        self._unlogged = 0
