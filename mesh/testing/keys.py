"""Users' access tokens for tests, signed as the user service signs them."""

from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey

from mesh.auth.ed25519 import ALGORITHM, Ed25519Registry
from mesh.auth.tokens import ACCESS_TYPE, AUDIENCE, ISSUER

TOKEN_S = 300


class TestKeys:
    """A key pair that signs users' tokens in a test, and publishes itself."""

    __test__ = False  # not a test class, whatever pytest thinks of its name

    def __init__(self) -> None:
        self._key = OKPKey.generate_key("Ed25519")
        self.kid = self._key.thumbprint()

    def jwks(self) -> Mapping[str, Any]:
        public = self._key.as_dict(private=False)
        return {"keys": [{**public, "kid": self.kid, "alg": ALGORITHM, "use": "sig"}]}

    def token(self, user_id: str, *scopes: str, now: float, **claims: object) -> str:
        """Returns an access token as the user service would sign it, `claims` on top."""
        times = {"iat": int(now), "exp": int(now) + TOKEN_S}
        body = {"iss": ISSUER, "aud": AUDIENCE, "sub": user_id, "jti": "test", **times}
        body |= {"scope": " ".join(scopes)} | claims
        header = {"alg": ALGORITHM, "typ": ACCESS_TYPE, "kid": self.kid}
        return jwt.encode(header, body, self._key, registry=Ed25519Registry())
