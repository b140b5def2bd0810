from datetime import timedelta
from uuid import UUID

from django.db.models import F, Max, QuerySet
from django.db.models.functions import Now

from mesh.contract.pagination import page
from user_service.sessions.models import RefreshToken, Session

# How long a token that was just exchanged may be sent again, as its answer may be lost.
GRACE = timedelta(seconds=10)


def token_of_live_session(digest: bytes) -> RefreshToken | None:
    """Returns the token, used or not, with its session and account; None unless the session lives.

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
    """Returns whether the token is unused and so new that its owner may not have it yet."""
    return RefreshToken.objects.filter(
        digest=digest, used_time=None, create_time__gt=Now() - GRACE
    ).exists()


def sessions_of(user_id: UUID) -> QuerySet[Session]:
    """Returns the user's sessions, newest first, with the `last_use_time` of each."""
    sessions = Session.objects.filter(user_id=user_id).order_by("-id")
    return sessions.annotate(last_use_time=Max("refresh_tokens__create_time"))


def live_sessions(user_id: UUID) -> QuerySet[Session]:
    """Returns the user's sessions that have not ended, in any order."""
    return _live().filter(user_id=user_id)


def live_session(session_id: UUID) -> Session | None:
    """Returns a session with its account, unless it has ended."""
    return _live().filter(id=session_id).select_related("user").first()


def _live() -> QuerySet[Session]:
    return Session.objects.filter(
        revoked_time=None, expire_time__gt=Now(), token_version=F("user__token_version")
    )


def sessions_page(*, user_id: UUID, size: int, token: str) -> tuple[list[Session], str]:
    """Returns a page of the live sessions, newest first, and the next page's token.

    Raises PageTokenInvalid.
    """
    sessions = sessions_of(user_id).filter(id__in=live_sessions(user_id).values("id"))
    return page(sessions, "sessions", user_id, size=size, token=token)
