"""Signs access tokens (RFC 9068); `mesh.auth.tokens` says what verifiers ask of one."""

import secrets
import time
from collections.abc import Collection
from uuid import UUID

from joserfc import jwt

from mesh.auth.ed25519 import ALGORITHM, Ed25519Registry
from mesh.auth.revocations import ACCESS_TOKEN_S
from mesh.auth.tokens import ACCESS_TYPE, AUDIENCE, ISSUER, TOKEN_VERSION
from user_service.sessions.keys import opened
from user_service.sessions.models import SigningKey


def access_token(
    key: SigningKey, *, user_id: UUID, scopes: Collection[str], token_version: int
) -> str:
    """A token that says for 5 minutes who its bearer is, and what it may do as staff.

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
