"""Positions in PostgreSQL's log, the WAL, which tell how old what a replica shows is.

No clocks are compared and no row is written: a replica that has replayed all that the primary had
written at a moment of ours shows every change that was committed by then, also while the primary
has nothing to do.
"""

from collections import deque
from typing import NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper

# The most that is remembered: a replica that lacks more is as good as away.
MOST_MARKS = 240
UNKNOWN = float("-inf")
# Where records are inserted rather than where they are on disk: with `synchronous_commit=off` a
# change is seen before it is on disk.
_PRIMARY = """
    SELECT system_identifier, pg_walfile_name(written), written - '0/0'
    FROM pg_control_system(), pg_current_wal_insert_lsn() AS written
"""
# After a failover a standby that went on by itself, or that follows the old primary, may be at a
# later position than the new primary, of another timeline. The control file tells the timeline of
# what is on disk, which after a switch comes later than what is replayed, and never earlier.
_STANDBY = """
    SELECT system_identifier, greatest(timeline_id, min_recovery_end_timeline),
        pg_last_wal_replay_lsn() - '0/0'
    FROM pg_control_system(), pg_control_checkpoint(), pg_control_recovery()
    WHERE pg_is_in_recovery()
"""


class Position(NamedTuple):
    """`system` identifies a primary and all copies of it, for as long as they live."""

    system: int
    timeline: int
    lsn: int


def of_primary(connection: BaseDatabaseWrapper) -> Position:
    """Raises DatabaseError, on a standby too."""
    with connection.cursor() as cursor:
        cursor.execute(_PRIMARY)
        system, file, lsn = cursor.fetchone()
    return Position(int(system), int(file[:8], 16), int(lsn))


def of_standby(connection: BaseDatabaseWrapper) -> Position | None:
    """Returns what it has replayed; None where it is no standby. Raises DatabaseError."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDBY)
        found = cursor.fetchone()
    return Position(*map(int, found)) if found else None


class Marks:
    """Where the primary was, and when: moments of one clock, in seconds."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, Position]] = deque(maxlen=MOST_MARKS)

    def add(self, moment: float, primary: Position) -> None:
        """`moment` is one from before the primary was asked."""
        self._marks.append((moment, primary))

    def complete_to(self, standby: Position) -> float:
        """Returns the last known moment of which the standby lacks nothing; UNKNOWN without one."""
        for moment, primary in reversed(self._marks):
            same_log = primary[:2] == standby[:2]
            if same_log and primary.lsn <= standby.lsn:
                return moment
        return UNKNOWN
