"""The list of users whose access tokens were revoked, as verifiers read it.

Rows come in the order of the time that their transaction began, and one that began earlier
may be committed later. So each reading begins a little before the end of the one before.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from mesh.auth.revocations import Page, Revoked
from mesh.auth.tokens import REVOCATIONS_KEPT_S
from mesh.contract.pagination import page_position, page_token
from mesh.db.sql import rows

LISTING = "revoked tokens"
MOST = 1000
FIRST_ID = UUID(int=0)
# Longer than any transaction here takes: its statements are given 10 s, its call less.
OVERLAP = timedelta(seconds=30)
# Every verifier asks each second, mostly for nothing: one statement tells the time as well, by the
# clock that `tokens_revoked_time` is of.
_REVOKED_SINCE = """
    SELECT asked.now, revoked.id, revoked.token_version, revoked.tokens_revoked_time
    FROM (SELECT now() AS now, coalesce(%(time)s, now() - %(kept)s) AS since) AS asked
    LEFT JOIN LATERAL (
        SELECT id, token_version, tokens_revoked_time FROM accounts_user
        WHERE tokens_revoked_time >= asked.since
        AND (tokens_revoked_time, id) > (asked.since, %(id)s)
        ORDER BY tokens_revoked_time, id LIMIT %(most)s
    ) AS revoked ON true
"""


def revoked_since(sync_token: str) -> Page:
    """Returns what was added to the list since then. Raises PageTokenInvalid."""
    found = rows(_REVOKED_SINCE, _values(sync_token), binary=True)
    revoked = [Revoked(str(user_id), version) for _, user_id, version, _ in found if user_id]
    now, last_id, _, last_time = found[-1]
    more = len(revoked) == MOST
    last = f"{last_time} {last_id}" if more else f"{now - OVERLAP} {FIRST_ID}"
    return Page(revoked, page_token(last, LISTING), more)


def _values(sync_token: str) -> dict[str, Any]:
    time, user_id = None, FIRST_ID
    if position := page_position(sync_token, LISTING):
        begin, last_id = position.rsplit(maxsplit=1)
        time, user_id = datetime.fromisoformat(begin), UUID(last_id)
    kept = timedelta(seconds=REVOCATIONS_KEPT_S)
    return {"time": time, "id": user_id, "kept": kept, "most": MOST}
