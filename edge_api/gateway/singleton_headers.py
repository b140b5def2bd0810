"""Headers that a request has once, or not at all.

Two would be two answers to one question, and whoever is before the edge may have heeded
the other. Lists may come in parts, so `Accept` or `If-Match` are not among them.
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
    """Their lower-case names, with those that the contract makes fields of requests."""
    fields = {name for each in endpoints for name in each.binding.headers.by_header}
    return _OF_EVERY_REQUEST | {name.lower().encode() for name in fields}


def check_singletons(
    headers: list[tuple[bytes, bytes]], by_name: Mapping[bytes, bytes], once: frozenset[bytes]
) -> None:
    """`by_name` has one of each. Raises HeaderInvalid."""
    if len(headers) == len(by_name):
        return
    names = [name for name, _ in headers]
    for name in sorted(once & by_name.keys()):
        if names.count(name) > 1:
            raise HeaderInvalid(f"{name.decode().title()} may be given once")
