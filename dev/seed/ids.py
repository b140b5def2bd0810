"""Ids that a seed makes again: of the time given, and random by a generator of the caller's."""

from datetime import datetime
from random import Random

_VARIANT_RFC = 0b10 << 62


def uuid7(at: datetime, random: Random) -> str:
    """Returns a UUIDv7 of a time, as text (RFC 9562, 5.7)."""
    tail = _VARIANT_RFC | random.getrandbits(62)
    return _dashed(f"{int(at.timestamp() * 1000):012x}7{random.getrandbits(12):03x}{tail:016x}")


def uuid4(random: Random) -> str:
    tail = _VARIANT_RFC | random.getrandbits(62)
    return _dashed(f"{random.getrandbits(48):012x}4{random.getrandbits(12):03x}{tail:016x}")


def _dashed(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
