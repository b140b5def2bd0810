"""The outbox's settings, read from Django's, with their defaults."""

from django.conf import settings

CHANNEL = "outbox"
# A bell that was lost (Redis restarted, a worker killed) is rung again this soon, then
# at growing intervals: as long again as the step has waited, up to the second figure.
ENQUEUE_AGAIN_S = 2.0
ENQUEUE_AGAIN_MOST_S = 30.0
RETRY_MOST_S = 3 * 3600.0
# While whom a step needs is away; so soon after its return the step is run.
AWAY_MOST_S = 10.0


def lease_s() -> float:
    """How long a worker holds a step: also how long a killed worker's step waits."""
    return float(getattr(settings, "OUTBOX_LEASE_S", 30.0))


def budget_s() -> float:
    """What handlers get of it, so that a step ends before another worker may take it."""
    return lease_s() * 0.7


def max_attempts() -> int:
    """Failures until a step is parked; 20 take about 20 hours."""
    return int(getattr(settings, "OUTBOX_MAX_ATTEMPTS", 20))


def keep_done_days() -> int:
    """How long done steps, and with them their dedup keys, are kept."""
    return int(getattr(settings, "OUTBOX_KEEP_DONE_DAYS", 7))
