"""Encrypts secrets at rest as a compact JWE (RFC 7516), `dir` with A256GCM; digests tokens.

Each purpose has a key of its own, derived from the service's SECRET_KEY, which the database
does not hold.
"""

import hashlib
import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

_HEADER = {"alg": "dir", "enc": "A256GCM"}


class DecryptionError(Exception):
    """The content was encrypted under another SECRET_KEY, or for another purpose."""


def derived_key(purpose: str) -> bytes:
    """Returns 32 bytes: HKDF-SHA256 without a salt, `purpose` as its info (RFC 5869)."""
    hkdf = HKDF(SHA256(), length=32, salt=None, info=purpose.encode())
    return hkdf.derive(settings.SECRET_KEY.encode())


def encrypt(content: bytes, purpose: str) -> str:
    return jwe.encrypt_compact(_HEADER, content, _key(purpose))


def decrypt(kept: str, purpose: str) -> bytes:
    """Returns what was encrypted for this purpose. Raises DecryptionError."""
    try:
        return jwe.decrypt_compact(kept, _key(purpose)).plaintext or b""
    except (JoseError, ValueError) as error:  # joserfc raises the other for what is no JWE
        raise DecryptionError(f"{purpose} can't be read: was the SECRET_KEY changed?") from error


def keyed_digest(text: str, purpose: str) -> bytes:
    """Returns the HMAC-SHA256 of a text under the purpose's key."""
    return hmac.digest(derived_key(purpose), text.encode(), "sha256")


def token_digest(token: str) -> bytes:
    """Returns the SHA-256 of a random token: it has too many bits to need a key or a salt."""
    return hashlib.sha256(token.encode()).digest()


def _key(purpose: str) -> OctKey:
    return OctKey.import_key(derived_key(purpose))
