"""The outbox's settings, read from Django's, with their defaults."""

from django.conf import settings

CHANNEL = "outbox"
# The table of steps that are done, partitioned by day.
DONE_STEPS = "outbox_donestep"
# A message that was lost (Redis restarted, a worker killed) is sent again this soon, then at
# growing intervals: as long again as the step has waited, up to the second figure.
ENQUEUE_AGAIN_S = 2.0
ENQUEUE_AGAIN_MOST_S = 30.0
RETRY_MOST_S = 3 * 3600.0
# The longest delay of a step whose peer is away, and so how soon after the peer's return the
# step is run.
AWAY_MOST_S = 10.0


def lease_s() -> float:
    """Returns how long a worker holds a step, which is how long a killed worker's step waits."""
    return float(getattr(settings, "OUTBOX_LEASE_S", 30.0))


def budget_s() -> float:
    """Returns how much of the lease a handler gets, so that a step ends before its lease does."""
    return lease_s() * 0.7


def max_attempts() -> int:
    """Returns after how many failures a step is parked; 20 take about 20 hours."""
    return int(getattr(settings, "OUTBOX_MAX_ATTEMPTS", 20))


def keep_done_days() -> int:
    """Returns how long done steps, and with them their dedup keys, are kept."""
    return int(getattr(settings, "OUTBOX_KEEP_DONE_DAYS", 7))
