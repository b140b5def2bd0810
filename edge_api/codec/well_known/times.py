"""Timestamp and Duration, as RFC 3339 and as decimal seconds."""

import re
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any

from google.protobuf.message import Message

from edge_api.codec.errors import DecodeError

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # all arithmetic here is in UTC
_SECOND = timedelta(seconds=1)
_DURATION_MAX_S = 315_576_000_000
_TIMESTAMP = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII
)
_DURATION = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,9}))?s", re.ASCII)


_SIXTY = [f"{number:02d}" for number in range(60)]


def timestamp_to_json(message: Any) -> str:
    hours, rest = divmod(message.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    nanos = message.nanos
    # Microseconds, as times of the database have, are `_fraction`'s most common case.
    fraction = (
        f".{nanos // 1000:06d}" if nanos % 1000 == 0 != nanos % 1_000_000 else _fraction(nanos)
    )
    return f"{_hour(hours)}{_SIXTY[minutes]}:{_SIXTY[seconds]}{fraction}Z"


@lru_cache(maxsize=10_000)  # a year has 8,760
def _hour(hours: int) -> str:
    """Returns `2026-01-31T12:` for the hours since the epoch."""
    return (_EPOCH + timedelta(hours=hours)).isoformat()[:-5]


def fill_timestamp(message: Message, value: Any) -> None:
    """Raises DecodeError also for a time without a zone, which names no instant."""
    match = _TIMESTAMP.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise DecodeError("must be an RFC 3339 time with a zone, such as 2026-01-31T12:00:00Z")
    local, fraction, sign, hours, minutes = match.groups()
    try:
        instant = datetime.fromisoformat(local) - _offset(sign, hours, minutes)
    except (ValueError, OverflowError) as error:
        raise DecodeError("is no time that exists") from error
    message.seconds = (instant - _EPOCH) // _SECOND  # type: ignore[attr-defined]
    message.nanos = _nanos(fraction)  # type: ignore[attr-defined]  # google.protobuf.Timestamp


def _offset(sign: str | None, hours: str, minutes: str) -> timedelta:
    """Returns how far local time is ahead of UTC. Raises ValueError."""
    if sign is None:
        return timedelta()
    offset = time(int(hours), int(minutes))
    ahead = timedelta(hours=offset.hour, minutes=offset.minute)
    return ahead if sign == "+" else -ahead


def duration_to_json(message: Any) -> str:
    sign = "-" if message.seconds < 0 or message.nanos < 0 else ""
    return f"{sign}{abs(message.seconds)}{_fraction(abs(message.nanos))}s"


def fill_duration(message: Message, value: Any) -> None:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise DecodeError("must be a number of seconds with an s, such as 1.5s")
    sign, seconds, fraction = match.groups()
    direction, nanos = -1 if sign else 1, _nanos(fraction)
    if int(seconds) + bool(nanos) > _DURATION_MAX_S:
        raise DecodeError(f"must be within {_DURATION_MAX_S} seconds")
    message.seconds = direction * int(seconds)  # type: ignore[attr-defined]
    message.nanos = direction * nanos  # type: ignore[attr-defined]  # google.protobuf.Duration


def _fraction(nanos: int) -> str:
    """Returns no digits, or 3, 6 or 9 of them, as the mapping has it."""
    if not nanos:
        return ""
    if nanos % 1_000_000 == 0:
        return f".{nanos // 1_000_000:03d}"
    return f".{nanos // 1000:06d}" if nanos % 1000 == 0 else f".{nanos:09d}"


def _nanos(fraction: str | None) -> int:
    return int(fraction.ljust(9, "0")) if fraction else 0
