"""Secrets at rest: an encrypted compact JWE (RFC 7516), `dir` with A256GCM.

The key is derived from the service's SECRET_KEY, another one for each purpose. A stolen
database yields none of them.
"""

import hmac

from django.conf import settings
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

# Secret keys made of a service's SECRET_KEY, a different one for each purpose.


def derived_key(purpose: str) -> bytes:
    """32 bytes: HKDF-SHA256 without a salt, `purpose` as its info (RFC 5869)."""
    extracted = hmac.digest(bytes(32), settings.SECRET_KEY.encode(), "sha256")
    return hmac.digest(extracted, purpose.encode() + b"\x01", "sha256")


_HEADER = {"alg": "dir", "enc": "A256GCM"}


class DecryptionError(Exception):
    """What was sealed under another SECRET_KEY, or for another purpose."""


def encrypt(content: bytes, purpose: str) -> str:
    return jwe.encrypt_compact(_HEADER, content, _key(purpose))


def decrypt(kept: str, purpose: str) -> bytes:
    """What was sealed for this purpose. Raises DecryptionError."""
    try:
        return jwe.decrypt_compact(kept, _key(purpose)).plaintext or b""
    except JoseError as error:
        raise DecryptionError(f"{purpose} can't be read: was the SECRET_KEY changed?") from error


def _key(purpose: str) -> OctKey:
    return OctKey.import_key(derived_key(purpose))
