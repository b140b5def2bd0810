"""Access tokens (RFC 9068), and refresh tokens, which are opaque to clients and kept as digests.

`mesh.auth.tokens` says what verifiers ask of an access token.

The successor of a refresh token is a function of it and of a key of ours. So a client whose
answer was lost gets the very same successor when it asks again, though we keep no token
that we could repeat; and neither a stolen token nor a stolen database yields another.
"""

import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from joserfc import jwt

from mesh.auth.base64url import base64url
from mesh.auth.ed25519 import ALGORITHM, Ed25519Registry
from mesh.auth.encryption import keyed_digest
from mesh.auth.tokens import ACCESS_TOKEN_S, ACCESS_TYPE, AUDIENCE, ISSUER, TOKEN_VERSION
from user_service.sessions.keys import opened
from user_service.sessions.models import SigningKey


@dataclass(frozen=True)
class TokenPair:
    access_token: str
    refresh_token: str


def access_token(
    key: SigningKey, *, user_id: UUID, scopes: Collection[str], token_version: int
) -> str:
    """Returns a token that says for 5 minutes who its bearer is, and what it may do as staff.

    It is revoked when the account's `token_version` moves on.
    """
    now_s = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(user_id),
        "iat": now_s,
        "exp": now_s + ACCESS_TOKEN_S,
        "jti": secrets.token_urlsafe(16),
        "scope": " ".join(scopes),
        TOKEN_VERSION: token_version,
    }
    header = {"alg": ALGORITHM, "typ": ACCESS_TYPE, "kid": key.kid}
    return jwt.encode(header, claims, opened(key.sealed), registry=Ed25519Registry())


def new_token() -> str:
    """Returns the first of a family: 256 random bits."""
    return secrets.token_urlsafe(32)


def successor_of(token: str) -> str:
    return base64url(keyed_digest(token, "successor of a refresh token"))
