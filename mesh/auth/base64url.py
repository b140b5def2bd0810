"""Texts of bytes that stand in tokens and addresses."""

from base64 import urlsafe_b64encode
from hashlib import sha256


def base64url(content: bytes) -> str:
    """Returns the text without padding (RFC 7515, 2)."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def challenge_of(code_verifier: str) -> str:
    """Returns what an authorization code is asked for with: a proof of who asks (RFC 7636, 4.2)."""
    return base64url(sha256(code_verifier.encode()).digest())
