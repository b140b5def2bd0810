"""Limits of request headers, beyond the bytes of the whole head.

Of two values of a header a proxy may have used the one that the edge does not, so some may be
given once. Headers that are lists, such as `If-Match`, may be repeated. Source: RFC 9110, 5.3.

The parsers of Django and DRF search for the end of each parameter from the beginning of the
header, which takes time that is quadratic in its length: 125 ms for 32 KiB of semicolons.
"""

from collections.abc import Mapping

from edge_api.problems.errors import HeaderInvalid

PARSED_BYTES = 1024
_PARSED = frozenset({b"accept", b"content-type"})
ONCE = frozenset(
    {
        b"access-control-request-method",
        b"authorization",
        b"content-length",
        b"content-type",
        b"idempotency-key",
        b"last-event-id",
        b"origin",
        b"traceparent",
        b"x-request-id",
    }
)
# Of the headers that fields of requests are taken from: the lists, joined if they are repeated.
LISTS = frozenset({b"accept-language"})


def check_headers(
    headers: list[tuple[bytes, bytes]], by_name: Mapping[bytes, bytes], once: frozenset[bytes]
) -> None:
    """Raises HeaderInvalid. `by_name` has one value of each header."""
    if sum([len(value) for name, value in headers if name in _PARSED]) > PARSED_BYTES:
        raise HeaderInvalid(f"Accept and Content-Type may have {PARSED_BYTES} bytes at most")
    if len(headers) == len(by_name):
        return
    names = [name for name, _ in headers]
    for name in sorted(once & by_name.keys()):
        if names.count(name) > 1:
            raise HeaderInvalid(f"{name.decode().title()} may be given once")
