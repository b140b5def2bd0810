from mesh.errors import Unauthenticated

DOMAIN = "market.user.v1"


class CredentialsInvalid(Unauthenticated):
    reason = "CREDENTIALS_INVALID"
    domain = DOMAIN


class RefreshTokenInvalid(Unauthenticated):
    reason = "REFRESH_TOKEN_INVALID"
    domain = DOMAIN


class RotatedTooSoon(Exception):
    """Tokens signed under the key that would be dropped may still be good."""


class KeyUnreadable(Exception):
    """The private signing key was not sealed under this USER_SECRET_KEY."""
