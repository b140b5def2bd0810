"""Refresh tokens: opaque to clients, kept as digests.

The successor of a token is a function of it and of a key of ours. So a client whose
answer was lost gets the very same successor when it asks again, though we keep no token
that we could repeat; and neither a stolen token nor a stolen database yields another.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode

from mesh.auth.encryption import derived_key


def new_token() -> str:
    """The first of a family: 256 random bits."""
    return secrets.token_urlsafe(32)


def successor_of(token: str) -> str:
    made = hmac.digest(derived_key("successor of a refresh token"), token.encode(), "sha256")
    return urlsafe_b64encode(made).rstrip(b"=").decode()


def digest_of(token: str) -> bytes:
    """A plain digest will do: tokens have too many bits to be guessed."""
    return hashlib.sha256(token.encode()).digest()
