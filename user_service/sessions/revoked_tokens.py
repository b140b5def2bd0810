"""The list of users whose access tokens were revoked, as verifiers read it.

Rows come in the order of the time that their transaction began, and one that began earlier
may be committed later. So each reading begins a little before the end of the one before.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from mesh.auth.revocations import Page, Revoked
from mesh.auth.tokens import REVOCATIONS_KEPT_S
from mesh.contract.pagination import page_position, page_token
from mesh.db.sql import row
from user_service.accounts.models import User

Rows = QuerySet[User, tuple[UUID, int, datetime | None]]
LISTING = "revoked tokens"
MOST = 1000
FIRST_ID = UUID(int=0)
# Longer than any transaction here takes: its statements are given 10 s, its call less.
OVERLAP = timedelta(seconds=30)


def revoked_since(sync_token: str) -> Page:
    """Returns what was added to the list since then. Raises PageTokenInvalid."""
    now = _now()
    after, after_id = _position(sync_token) or (
        now - timedelta(seconds=REVOCATIONS_KEPT_S),
        FIRST_ID,
    )
    rows = list(_revoked_after(after, after_id)[:MOST])
    more = len(rows) == MOST
    last = (rows[-1][2], rows[-1][0]) if more else (now - OVERLAP, FIRST_ID)
    revoked = [Revoked(str(user_id), version) for user_id, version, _ in rows]
    return Page(revoked, _sync_token(*last), more)


def _revoked_after(time: datetime, user_id: UUID) -> Rows:
    rows = User.objects.filter(tokens_revoked_time__gte=time)
    rows = rows.filter(Q(tokens_revoked_time__gt=time) | Q(id__gt=user_id))
    return rows.order_by("tokens_revoked_time", "id").values_list(
        "id", "token_version", "tokens_revoked_time"
    )


def _position(sync_token: str) -> tuple[datetime, UUID] | None:
    position = page_position(sync_token, LISTING)
    if position is None:
        return None
    time, user_id = position.rsplit(maxsplit=1)
    return datetime.fromisoformat(time), UUID(user_id)


def _sync_token(time: datetime | None, user_id: UUID) -> str:
    return page_token(f"{time} {user_id}", LISTING)


def _now() -> datetime:
    """Returns the time by the clock that `tokens_revoked_time` is of."""
    now: datetime = row("SELECT now()")[0]
    return now
