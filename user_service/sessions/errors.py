from mesh.core.errors import NotFound, Unauthenticated

DOMAIN = "market.user.v1"


class RefreshTokenInvalid(Unauthenticated):
    reason = "REFRESH_TOKEN_INVALID"
    domain = DOMAIN


class SessionNotFound(NotFound):
    reason = "SESSION_NOT_FOUND"
    domain = DOMAIN


class RotatedTooSoon(Exception):
    """Tokens signed under the key that would be dropped may still be good."""
