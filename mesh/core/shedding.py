"""Load shedding: what waited too long for its turn is refused rather than served late.

A server that takes on more than it bears answers everybody after they stopped waiting. By the
time that a request spent in the queue it is known, before any work is spent on it, whether its
answer can still be of use. Sources: B. Maurer, "Fail at Scale" (ACM Queue 13:8, 2015),
controlled delay; RFC 8289 (CoDel), which tells a burst from a standing queue; "Handling
Overload" in Site Reliability Engineering.
"""

from mesh.core.errors import Unavailable

# A burst may wait for so much of the time that its caller gives it.
BURST_SHARE = 0.5
# A queue that no request got through within SHORT_WAIT_S for so long is no burst but more load
# than is borne: from then on requests may wait for STANDING_SHARE of their time.
# It is over when nothing waited longer for as long again: else each time that it was emptied
# by refusals it would fill up anew.
STANDING_AFTER_S = 1.0
SHORT_WAIT_S = 0.05
STANDING_SHARE = 0.125


class Overloaded(Unavailable):
    """More is asked than is borne. Nothing was done, and a retry at once would be refused too."""

    def __init__(self, waited_s: float) -> None:
        super().__init__(f"overloaded: requests wait for {waited_s:.1f} s", retry_after_s=1.0)


class Shedder:
    """Watches one queue. Threads may share it: what they overwrite of each other is as true."""

    def __init__(self) -> None:
        self._seen_at = self._long_at = self._long_since = float("-inf")

    def check(self, waited_s: float, allowed_s: float, now: float) -> None:
        """Raises Overloaded for what waited `waited_s` of the `allowed_s` that it may take."""
        self.observe(waited_s, now)
        if self.too_long(waited_s, allowed_s, now):
            raise Overloaded(waited_s)

    def observe(self, waited_s: float, now: float) -> None:
        """Takes note of how long the queue made its first one wait."""
        if waited_s >= SHORT_WAIT_S:
            self._long_at = now
        stood = self.stands(now) and now - self._long_at <= STANDING_AFTER_S
        if now - self._seen_at > STANDING_AFTER_S or (waited_s < SHORT_WAIT_S and not stood):
            self._long_since = now
        self._seen_at = now

    def stands(self, now: float) -> bool:
        """Returns whether there is a standing queue, not just a burst."""
        return now - self._long_since > STANDING_AFTER_S

    def too_long(self, waited_s: float, allowed_s: float, now: float) -> bool:
        """Returns whether a wait is too long; one below SHORT_WAIT_S never is, however little time
        there is: a deadline of a few milliseconds is its caller's choice and no overload.
        """
        share = STANDING_SHARE if self.stands(now) else BURST_SHARE
        return waited_s >= SHORT_WAIT_S and waited_s > allowed_s * share
