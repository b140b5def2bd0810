"""Headers that a request may have once at most.

Of two values a proxy may have used the one that the edge does not. Headers that are lists,
such as `Accept` or `If-Match`, may be repeated.
Source: RFC 9110, 5.3.
"""

from collections.abc import Iterable, Mapping

from edge_api.gateway.endpoints import Endpoint
from edge_api.problems.errors import HeaderInvalid

_OF_EVERY_REQUEST = frozenset(
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


def singletons(endpoints: Iterable[Endpoint]) -> frozenset[bytes]:
    """Returns their lower-case names, with those that the contract binds to fields."""
    fields = {name for each in endpoints for name in each.binding.headers.by_header}
    return _OF_EVERY_REQUEST | {name.lower().encode() for name in fields}


def check_singletons(
    headers: list[tuple[bytes, bytes]], by_name: Mapping[bytes, bytes], once: frozenset[bytes]
) -> None:
    """Raises HeaderInvalid. `by_name` has one value of each header."""
    if len(headers) == len(by_name):
        return
    names = [name for name, _ in headers]
    for name in sorted(once & by_name.keys()):
        if names.count(name) > 1:
            raise HeaderInvalid(f"{name.decode().title()} may be given once")
