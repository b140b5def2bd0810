"""Converts points in time to `google.protobuf.Timestamp`."""

from datetime import UTC, datetime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def fields(time: datetime) -> dict[str, int]:
    """Returns the fields of a Timestamp, which messages take in place of one.

    A message that takes the `datetime` costs eight times as much.
    """
    since = time - _EPOCH
    return {"seconds": since.days * 86_400 + since.seconds, "nanos": since.microseconds * 1_000}
