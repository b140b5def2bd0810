"""Checks that the replica, where one is set, is a standby that follows the service's database."""

from collections.abc import Iterator

from django.db import Error, connection

from mesh.checks.database import name_of
from mesh.checks.findings import Finding, failed, first_line, ok, warning
from mesh.core.config import own_prefix
from mesh.db import positions
from mesh.db.positions import Position
from mesh.db.replica import unopened

FAR_BYTES = 16 * 1024 * 1024


def replica(service: str) -> Iterator[Finding]:
    """Skips what needs the primary when that is away, which another check reports."""
    mend = f"mend {own_prefix(service)}_DATABASE_REPLICA_URL"
    wrapper = unopened()
    try:
        standby = positions.of_standby(wrapper)
    except Error as error:
        yield warning(
            f"the replica can't be reached, so the primary serves all reads: {first_line(error)}",
            f"start it, or {mend}",
        )
        return
    finally:
        wrapper.close()
    if standby is None:
        yield failed(f"{name_of(wrapper)} is no standby, so no read goes there", mend)
        return
    try:
        primary = positions.of_primary(connection)
    except Error:
        return
    yield _compared(name_of(wrapper), primary, standby, mend)


def _compared(name: str, primary: Position, standby: Position, mend: str) -> Finding:
    if standby.system != primary.system:
        return failed(f"{name} is a standby of another database than ours", mend)
    if standby.timeline != primary.timeline:
        return warning(
            f"{name} is on timeline {standby.timeline} and the primary on {primary.timeline},"
            " so no read goes there",
            "have it follow the primary; its next restart point (`checkpoint_timeout`) shows it",
        )
    behind = f"{name} is a standby of ours, {max(0, primary.lsn - standby.lsn)} bytes behind"
    if primary.lsn - standby.lsn > FAR_BYTES:
        return warning(behind, "see what holds it up: `pg_stat_replication` of the primary")
    return ok(behind)
