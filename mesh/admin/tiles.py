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
    """`query` is what the page's list is asked for when the tile is clicked; see `cells.badge`."""

    label: str
    value: str
    query: str = ""
    tone: str = ""


def counted(rows: QuerySet[Any]) -> int:
    """Returns how many rows there are, up to one more than are told apart."""
    return int(rows.order_by()[: MOST_COUNTED + 1].count())


def first_id_of_today() -> UUID:
    """Returns an id that rows made today (UTC) are not below, and all others are."""
    return first_uuid7_of(now().replace(hour=0, minute=0, second=0, microsecond=0))


def told(count: int) -> str:
    return f"over {MOST_COUNTED:,}" if count > MOST_COUNTED else f"{count:,}"


def age(seconds: float) -> str:
    """Returns a time span as people say it: `40 s`, `12 min`, `5 h`, `3 days`."""
    for unit, length in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
