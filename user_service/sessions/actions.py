from datetime import timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models.functions import Now

from mesh.auth.encryption import token_digest
from mesh.db.pruning import delete_batches
from user_service.accounts.models import User
from user_service.sessions import queries
from user_service.sessions.authorization_codes import grant_of, new_code
from user_service.sessions.errors import (
    AuthorizationCodeInvalid,
    RefreshTokenInvalid,
    SessionNotFound,
)
from user_service.sessions.keys import current_key
from user_service.sessions.models import RefreshToken, Session
from user_service.sessions.tokens import TokenPair, access_token, new_token, successor_of

SESSION_LASTS = timedelta(days=30)

log = structlog.get_logger("sessions")


def begin_session(*, user: User) -> TokenPair:
    """Begins a session of an account that has just shown who it is."""
    return _pair(user, _first_token(user))


@transaction.atomic
def _first_token(user: User) -> str:
    session = Session.objects.create(
        user=user,
        # As read with the password: one changed since then ends the session right away.
        token_version=user.token_version,
        expire_time=Now() + SESSION_LASTS,
    )
    token = new_token()
    RefreshToken.objects.create(digest=token_digest(token), session=session)
    return token


def refresh(*, refresh_token: str) -> TokenPair:
    """Exchanges a refresh token for its successor; of many at once exactly one does.

    The others, and repeats within 10 s while the successor is unused, get that same
    successor. A later repeat means that the token was stolen: it ends the session
    (RFC 9700, 4.14.2). Raises RefreshTokenInvalid.
    """
    successor = successor_of(refresh_token)
    with transaction.atomic():
        token, exchanged = _exchange(token_digest(refresh_token), token_digest(successor))
    if token is None:
        raise RefreshTokenInvalid("this refresh token is not good, or not any more")
    if not exchanged and not queries.just_made(token_digest(successor)):
        revoke(refresh_token=refresh_token)
        log.warning("refresh_token_reused", session_id=str(token.session_id))
        raise RefreshTokenInvalid("this refresh token was used before: its session has ended")
    return _pair(token.session.user, successor)


def _exchange(digest: bytes, successor: bytes) -> tuple[RefreshToken | None, bool]:
    """Returns the token, if its session lives, and whether this call exchanged it."""
    unused = RefreshToken.objects.filter(digest=digest, used_time=None)
    exchanged = unused.update(used_time=Now()) == 1
    token = queries.token_of_live_session(digest)
    if token and exchanged:
        RefreshToken.objects.create(digest=successor, session=token.session)
    return token, exchanged


def create_code(*, refresh_token: str, code_challenge: str) -> str:
    """Returns a code by which another application joins the session of an unused token.

    Raises RefreshTokenInvalid.
    """
    token = queries.token_of_live_session(token_digest(refresh_token))
    if token is None or token.used_time is not None:
        raise RefreshTokenInvalid("this refresh token is not good, or not any more")
    return new_code(str(token.session_id), code_challenge)


def exchange_code(*, code: str, code_verifier: str) -> TokenPair:
    """Returns tokens of the code's session; of many exchanges at once one succeeds.

    Raises AuthorizationCodeInvalid.
    """
    grant = grant_of(code, code_verifier)
    session = queries.live_session(UUID(grant.session_id))
    if session is None:
        raise AuthorizationCodeInvalid("the session of this authorization code has ended")
    digest = token_digest(grant.refresh_token)
    _, first = RefreshToken.objects.get_or_create(digest=digest, defaults={"session": session})
    if not first:
        raise AuthorizationCodeInvalid("this authorization code was used before")
    return _pair(session.user, grant.refresh_token)


def revoke(*, refresh_token: str) -> None:
    """Ends the session that the token is or was of; none, or an ended one, is no error."""
    sessions = Session.objects.filter(refresh_tokens__digest=token_digest(refresh_token))
    sessions.filter(revoked_time=None).update(revoked_time=Now())


def revoke_session(*, session_id: UUID, user_id: UUID) -> None:
    """Ends one of the user's sessions. Raises SessionNotFound, for one that has ended too."""
    session = queries.live_sessions(user_id).filter(id=session_id)
    if not session.update(revoked_time=Now()):
        raise SessionNotFound("there is no such session")


def revoke_sessions(*, user_id: UUID) -> None:
    """Ends all of the user's sessions; a repeat changes nothing."""
    Session.objects.filter(user_id=user_id, revoked_time=None).update(revoked_time=Now())


def _pair(user: User, refresh_token: str) -> TokenPair:
    token = access_token(
        current_key(),
        user_id=user.id,
        scopes=user.staff_scopes,
        token_version=user.token_version,
    )
    return TokenPair(access_token=token, refresh_token=refresh_token)


def prune() -> int:
    """Deletes a batch of the sessions that expired, with their tokens; returns how many rows."""
    expired = Session.objects.filter(expire_time__lt=Now()).order_by("expire_time")
    return delete_batches(expired, batch=1_000)
