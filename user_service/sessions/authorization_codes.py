"""Authorization codes (RFC 6749, 4.1) with a proof of who asked for one (RFC 7636).

A code is what it grants, encrypted under a key of ours: nothing of it is kept. The refresh token
that it is exchanged for is a function of it, so that a second exchange is found by the first
one's row.
"""

import hmac
import secrets
import time
from dataclasses import asdict, dataclass

import orjson

from mesh.auth.base64url import base64url, challenge_of
from mesh.auth.encryption import DecryptionError, decrypt, encrypt, keyed_digest
from user_service.sessions.errors import AuthorizationCodeInvalid

LASTS_S = 30
_PURPOSE = "authorization codes"


@dataclass(frozen=True)
class Grant:
    """What a code grants: to join this session, who knows the verifier of the challenge."""

    id: str
    session_id: str
    code_challenge: str
    expires_s: float

    @property
    def refresh_token(self) -> str:
        return base64url(keyed_digest(self.id, "refresh token of an authorization code"))


def new_code(session_id: str, code_challenge: str) -> str:
    grant = Grant(secrets.token_urlsafe(16), session_id, code_challenge, time.time() + LASTS_S)
    return encrypt(orjson.dumps(asdict(grant)), _PURPOSE)


def grant_of(code: str, code_verifier: str) -> Grant:
    """Returns what a code grants to who shows this verifier. Raises AuthorizationCodeInvalid."""
    try:
        grant = Grant(**orjson.loads(decrypt(code, _PURPOSE)))
    except DecryptionError:
        raise AuthorizationCodeInvalid("this is no authorization code") from None
    if time.time() > grant.expires_s:
        raise AuthorizationCodeInvalid("this authorization code has expired")
    if not hmac.compare_digest(challenge_of(code_verifier), grant.code_challenge):
        raise AuthorizationCodeInvalid("this verifier is not the authorization code's")
    return grant
