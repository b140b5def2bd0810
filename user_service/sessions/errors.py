from mesh.core.errors import (
    DomainError,
    NotFound,
    Unauthenticated,
)


class SessionError(DomainError):
    domain = "market.user.v1"


class RefreshTokenInvalid(SessionError, Unauthenticated):
    reason = "REFRESH_TOKEN_INVALID"


class AuthorizationCodeInvalid(SessionError, Unauthenticated):
    reason = "AUTHORIZATION_CODE_INVALID"


class SessionNotFound(SessionError, NotFound):
    reason = "SESSION_NOT_FOUND"


class RotatedTooSoon(Exception):
    """Tokens signed under the key that would be dropped may still be good."""
