"""Figures on the first page of a service's pages, each read by an index and up to a bound."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.timezone import now

from mesh.core.ids import first_uuid7_of

MOST_COUNTED = 5_000


@dataclass(frozen=True)
class Tile:
    """`query` filters the list that a click opens; `tone` is the value's colour (`cells.badge`)."""

    label: str
    value: str
    query: str = ""
    tone: str = ""


def bounded_count(rows: QuerySet[Any]) -> int:
    """Returns how many rows there are, at most MOST_COUNTED + 1: `count_text` says "over" then."""
    return int(rows.order_by()[: MOST_COUNTED + 1].count())


def first_id_of_today() -> UUID:
    """Returns the lowest id that a row made today (UTC) can have."""
    return first_uuid7_of(now().replace(hour=0, minute=0, second=0, microsecond=0))


def count_text(count: int) -> str:
    return f"over {MOST_COUNTED:,}" if count > MOST_COUNTED else f"{count:,}"


def duration_text(seconds: float) -> str:
    """Returns a time span as people say it: `40 s`, `12 min`, `5 h`, `3 days`."""
    for unit, length in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
