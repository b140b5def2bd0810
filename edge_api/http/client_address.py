"""The address of a request's client: its peer, or what trusted proxies report."""

from collections.abc import Iterable, Mapping
from typing import Any

from mesh.core.network import address_of

_FORWARDED_FOR = b"x-forwarded-for"


def client_address(scope: Mapping[str, Any], trusted_proxies: int) -> str:
    """Returns the client's IP address, or an empty text when there is none.

    Each proxy appends its caller to `X-Forwarded-For`; with n trusted proxies the n-th entry
    from the right is the first that a client can't have written. A request with fewer entries
    did not come through all of them: its client is the peer.
    """
    peer = address_of(str((scope.get("client") or ("",))[0]))
    if not trusted_proxies:
        return peer
    hops = _hops(scope["headers"])
    return (hops[-trusted_proxies] if len(hops) >= trusted_proxies else "") or peer


def _hops(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    """Returns the header's addresses; an entry that is no address is empty."""
    written = b",".join(value for name, value in headers if name == _FORWARDED_FOR)
    return [address_of(entry.strip()) for entry in written.decode("latin1").split(",")]
