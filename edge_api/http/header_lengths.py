"""A limit for the headers whose parsers take time that is quadratic in their length.

The parsers of Django and DRF search for the end of each parameter from the beginning of the
header: 32 KiB of semicolons take them 125 ms.
"""

from collections.abc import Iterable

from edge_api.problems.errors import HeaderInvalid

MOST_BYTES = 1024
_PARSED = frozenset({b"accept", b"content-type"})


def check_lengths(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Raises HeaderInvalid. A header that is repeated counts as one."""
    size = 0
    for name, value in headers:
        if name in _PARSED:
            size += len(value)
    if size > MOST_BYTES:
        raise HeaderInvalid(f"Accept and Content-Type may have {MOST_BYTES} bytes at most")
