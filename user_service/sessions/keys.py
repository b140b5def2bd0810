"""The signing keys: next, current and previous, all published, one signing.

Their private halves are kept encrypted, as JWKs (RFC 7517).

Publishing the next key ahead lets verifiers know it before the first token that needs
it; the previous one stays until the last token under it has expired.
"""

import json
from datetime import timedelta
from functools import lru_cache

from django.db import transaction
from django.db.models.functions import Now
from joserfc.jwk import OKPKey

from mesh.auth.ed25519 import ALGORITHM
from mesh.auth.encryption import decrypt, encrypt
from mesh.auth.jwks import Jwks
from user_service.sessions.errors import RotatedTooSoon
from user_service.sessions.models import SigningKey

NEXT, CURRENT, PREVIOUS = SigningKey.State
# More than an access token lives, with the leeway that verifiers give it.
LEAST_BETWEEN_ROTATIONS = timedelta(minutes=10)
_PURPOSE = "signing keys at rest"


def current_key() -> SigningKey:
    return next(key for key in published_keys() if key.state == CURRENT)


def published_keys() -> list[SigningKey]:
    """Returns all keys, made now if there are none; of several processes that do so one wins."""
    keys = list(SigningKey.objects.order_by("state"))
    if keys:
        return keys
    SigningKey.objects.bulk_create([generated(CURRENT), generated(NEXT)], ignore_conflicts=True)
    return list(SigningKey.objects.order_by("state"))


def jwks() -> Jwks:
    """Returns the public keys as a JWK set (RFC 7517).

    Those made before their algorithm was published as `EdDSA` are stored under its other name.
    """
    return {"keys": [{**key.public_jwk, "alg": ALGORITHM} for key in published_keys()]}


@transaction.atomic
def rotate_keys() -> SigningKey:
    """Signs under the next key from now on, and returns it; drops the previous one.

    No token loses its key before it expires: raises RotatedTooSoon where one would.
    """
    published_keys()
    keys = {key.state: key for key in SigningKey.objects.select_for_update().order_by("kid")}
    if _young(keys[CURRENT]) and PREVIOUS in keys:
        raise RotatedTooSoon(f"the last rotation was less than {LEAST_BETWEEN_ROTATIONS} ago")
    if PREVIOUS in keys:
        keys[PREVIOUS].delete()
    _move(keys[CURRENT], PREVIOUS)
    _move(keys[NEXT], CURRENT)
    generated(NEXT).save()
    return keys[NEXT]


def _young(key: SigningKey) -> bool:
    return SigningKey.objects.filter(
        kid=key.kid, state_time__gt=Now() - LEAST_BETWEEN_ROTATIONS
    ).exists()


def _move(key: SigningKey, state: SigningKey.State) -> None:
    key.state, key.state_time = state, Now()
    key.save(update_fields=["state", "state_time"])


def generated(state: SigningKey.State) -> SigningKey:
    """Returns a new key pair, not saved."""
    pair = OKPKey.generate_key("Ed25519")
    kid = pair.thumbprint()
    public = {**pair.as_dict(private=False), "kid": kid, "alg": ALGORITHM, "use": "sig"}
    private = json.dumps(pair.as_dict(private=True)).encode()
    return SigningKey(kid=kid, state=state, public_jwk=public, sealed=encrypt(private, _PURPOSE))


@lru_cache(maxsize=4)
def opened(kept: str) -> OKPKey:
    """Returns the private key in `SigningKey.sealed`. Raises DecryptionError."""
    return OKPKey.import_key(json.loads(decrypt(kept, _PURPOSE)))
