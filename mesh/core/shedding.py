"""Load shedding: what waited too long for its turn is refused rather than served late.

A server that takes on more than it bears answers everybody after they stopped waiting. By the
time that a request spent in the queue it is known, before any work is spent on it, whether its
answer can still be of use. Sources: B. Maurer, "Fail at Scale" (ACM Queue 13:8, 2015);
"Handling Overload" in Site Reliability Engineering.
"""

from mesh.core.errors import Unavailable

# A request may wait for so much of the time that its caller gives it; the rest is to serve it.
MOST_SHARE = 0.5
# A wait below this is never too long, however little time there is: a deadline of a few
# milliseconds is its caller's choice and no overload.
SHORT_WAIT_S = 0.05


class Overloaded(Unavailable):
    """More is asked than is borne. Nothing was done, and a retry at once would be refused too."""

    def __init__(self, waited_s: float) -> None:
        super().__init__(f"overloaded: requests wait for {waited_s:.1f} s", retry_after_s=1.0)


def check_wait(waited_s: float, allowed_s: float) -> None:
    """Raises Overloaded for what waited `waited_s` of the `allowed_s` that it may take."""
    if too_long(waited_s, allowed_s):
        raise Overloaded(waited_s)


def too_long(waited_s: float, allowed_s: float) -> bool:
    return waited_s >= SHORT_WAIT_S and waited_s > allowed_s * MOST_SHARE
