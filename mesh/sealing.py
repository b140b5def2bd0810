"""Secrets at rest: an encrypted compact JWE (RFC 7516), `dir` with A256GCM.

The key is derived from the service's SECRET_KEY, another one for each purpose. A stolen
database yields none of them.
"""

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from mesh.derived_keys import derived_key

_HEADER = {"alg": "dir", "enc": "A256GCM"}


class Unreadable(Exception):
    """What was sealed under another SECRET_KEY, or for another purpose."""


def sealed(content: bytes, purpose: str) -> str:
    return jwe.encrypt_compact(_HEADER, content, _key(purpose))


def unsealed(kept: str, purpose: str) -> bytes:
    """What was sealed for this purpose. Raises Unreadable."""
    try:
        return jwe.decrypt_compact(kept, _key(purpose)).plaintext or b""
    except JoseError as error:
        raise Unreadable(f"{purpose} can't be read: was the SECRET_KEY changed?") from error


def _key(purpose: str) -> OctKey:
    return OctKey.import_key(derived_key(purpose))
