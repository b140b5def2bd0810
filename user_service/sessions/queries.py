from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Now

from user_service.sessions.models import RefreshToken

# How long a token that was just exchanged may be sent again, as its answer may be lost.
GRACE = timedelta(seconds=10)


def token_of_live_session(digest: bytes) -> RefreshToken | None:
    """The token, used or not, with its session and account; None unless the session lives.

    It lives until it expires, is revoked, or the account's `token_version` moves on.
    """
    return (
        RefreshToken.objects.select_related("session__user")
        .filter(
            digest=digest,
            session__revoked_time=None,
            session__expire_time__gt=Now(),
            session__token_version=F("session__user__token_version"),
        )
        .first()
    )


def just_made(digest: bytes) -> bool:
    """Whether the token is unused and so new that whoever asked for it may not have it yet."""
    return RefreshToken.objects.filter(
        digest=digest, used_time=None, create_time__gt=Now() - GRACE
    ).exists()
