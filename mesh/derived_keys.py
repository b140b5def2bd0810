"""Secret keys made of a service's SECRET_KEY, a different one for each purpose."""

import hmac

from django.conf import settings


def derived_key(purpose: str) -> bytes:
    """32 bytes: HKDF-SHA256 without a salt, `purpose` as its info (RFC 5869)."""
    extracted = hmac.digest(bytes(32), settings.SECRET_KEY.encode(), "sha256")
    return hmac.digest(extracted, purpose.encode() + b"\x01", "sha256")
