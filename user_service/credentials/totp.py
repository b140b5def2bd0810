"""Time-based one-time passwords (RFC 6238, RFC 4226), as authenticators make them."""

import hmac
from base64 import b32encode
from urllib.parse import quote, urlencode

STEP_S = 30
DIGITS = 6
ISSUER = "Marketmesh"
# A code of the step before or after is taken too: clocks differ, and people type slowly.
# Source: RFC 6238, 5.2.
DRIFT_STEPS = 1


def step_at(time_s: float) -> int:
    return int(time_s // STEP_S)


def code_of(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """Returns the code of a time step, with SHA-1 as all authenticators know it."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}}"


def step_of(secret: bytes, code: str, time_s: float) -> int | None:
    """Returns the step, about this time, that the code is of; None for a code of no such step."""
    now = step_at(time_s)
    for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
        if hmac.compare_digest(code_of(secret, step), code):
            return step
    return None


def base32(secret: bytes) -> str:
    return b32encode(secret).decode().rstrip("=")


def uri_of(secret: bytes, account: str) -> str:
    """Returns the QR code's text for an authenticator (Google Authenticator, Key Uri Format)."""
    parameters = urlencode({"secret": base32(secret), "issuer": ISSUER})
    return f"otpauth://totp/{ISSUER}:{quote(account)}?{parameters}"
