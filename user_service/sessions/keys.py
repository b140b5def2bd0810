"""Key pairs for access tokens; the private half is kept encrypted, as a JWK (RFC 7517)."""

import json
from functools import lru_cache

from joserfc.jwk import OKPKey

from mesh.auth.ed25519 import ALGORITHM
from mesh.auth.encryption import decrypt, encrypt
from user_service.sessions.models import SigningKey

_PURPOSE = "signing keys at rest"


def generated(state: SigningKey.State) -> SigningKey:
    """A new key pair, not saved."""
    pair = OKPKey.generate_key("Ed25519")
    kid = pair.thumbprint()
    public = {**pair.as_dict(private=False), "kid": kid, "alg": ALGORITHM, "use": "sig"}
    private = json.dumps(pair.as_dict(private=True)).encode()
    return SigningKey(kid=kid, state=state, public_jwk=public, sealed=encrypt(private, _PURPOSE))


@lru_cache(maxsize=4)
def opened(kept: str) -> OKPKey:
    """The private key in `SigningKey.sealed`. Raises DecryptionError."""
    return OKPKey.import_key(json.loads(decrypt(kept, _PURPOSE)))
