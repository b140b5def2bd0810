"""How many calls to one service are under way at most, as the service bears them.

What a service queues is out of our sight, and refusing costs it work as well. So the edge
stops asking: when a service refuses, or takes more than half of the time that there is, fewer
calls are let out at once; with each that is answered in time a few more. One limit a service,
as one that hangs must not hold up the others. Sources: AIMD, as TCP's congestion window (RFC
5681, 3.1) and Netflix' concurrency-limits have it; "Client-Side Throttling" in Site
Reliability Engineering, chapter 21.
"""

import time

from mesh.core.errors import Unavailable
from mesh.telemetry.metrics import HTTP_SHED

LEAST, FIRST, MOST = 16.0, 128.0, 512.0
DECREASE = 0.7
SLOW_SHARE = 0.5


class ServiceBusy(Unavailable):
    """The service has as many calls to answer as it bears. Nothing was done."""

    retry_after_s = 1.0


class ConcurrencyLimit:
    """One service's, in this process. Each `enter` is followed by one of the others."""

    def __init__(self) -> None:
        self.limit = FIRST
        self._under_way = 0
        self._shed = HTTP_SHED.labels("service")
        self._decreased_at = float("-inf")

    def enter(self) -> float:
        """Returns when the call began. Raises ServiceBusy."""
        if self._under_way >= self.limit:
            self._shed.inc()
            raise ServiceBusy("overloaded: too many calls are under way")
        self._under_way += 1
        return time.monotonic()

    def answered(self, began: float, allowed_s: float) -> None:
        """It was answered, whatever the answer; late, it says as much as a refusal."""
        if time.monotonic() - began > allowed_s * SLOW_SHARE:
            self.refused(began)
            return
        self._under_way -= 1
        self.limit = min(MOST, self.limit + 1 / self.limit)

    def refused(self, began: float) -> None:
        """It was not. Calls that began before the last decrease say nothing of what it did."""
        self._under_way -= 1
        if began > self._decreased_at:
            self._decreased_at = time.monotonic()
            self.limit = max(LEAST, self.limit * DECREASE)

    def abandoned(self) -> None:
        """Its client is gone, which says nothing of the service."""
        self._under_way -= 1
