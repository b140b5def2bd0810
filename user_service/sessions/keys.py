"""Key pairs for access tokens, and how the private half is kept.

At rest it is an encrypted JWK (RFC 7517, 7): `dir` with A256GCM, under a key derived from
USER_SECRET_KEY. A stolen database signs nothing.
"""

import json
from functools import lru_cache

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey, OKPKey

from user_service.sessions.derived_keys import derived_key
from user_service.sessions.errors import KeyUnreadable
from user_service.sessions.models import SigningKey

_SEAL = {"alg": "dir", "enc": "A256GCM", "cty": "jwk+json"}


def generated(state: SigningKey.State) -> SigningKey:
    """A new key pair, not saved."""
    pair = OKPKey.generate_key("Ed25519")
    kid = pair.thumbprint()
    public = {**pair.as_dict(private=False), "kid": kid, "alg": "Ed25519", "use": "sig"}
    private = json.dumps(pair.as_dict(private=True)).encode()
    sealed = jwe.encrypt_compact(_SEAL, private, _sealing_key())
    return SigningKey(kid=kid, state=state, public_jwk=public, sealed=sealed)


@lru_cache(maxsize=4)
def opened(sealed: str) -> OKPKey:
    """The private key in `SigningKey.sealed`. Raises KeyUnreadable."""
    try:
        private = jwe.decrypt_compact(sealed, _sealing_key()).plaintext
    except JoseError as error:
        raise KeyUnreadable(
            "the signing key can't be read: was USER_SECRET_KEY changed?"
        ) from error
    return OKPKey.import_key(json.loads(private or b""))


def _sealing_key() -> OctKey:
    return OctKey.import_key(derived_key("signing keys at rest"))
