"""Where a request came from: the peer, or what trusted proxies before us say of it."""

from collections.abc import Iterable, Mapping
from typing import Any

from mesh.core.network import address_of

_FORWARDED_FOR = b"x-forwarded-for"


def client_address(scope: Mapping[str, Any], trusted_proxies: int) -> str:
    """The client's IP address, or empty when it has none.

    Each proxy appends whom it was called by to `X-Forwarded-For`; with n proxies of our
    own the n-th entry from the right is the first that a client can't have written. A
    request with fewer entries came past them, and is taken at its peer's address.
    """
    peer = address_of(str((scope.get("client") or ("",))[0]))
    if not trusted_proxies:
        return peer
    hops = _hops(scope["headers"])
    return (hops[-trusted_proxies] if len(hops) >= trusted_proxies else "") or peer


def _hops(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    """The addresses of the header's entries; what is no address is empty."""
    written = b",".join(value for name, value in headers if name == _FORWARDED_FOR)
    return [address_of(entry.strip()) for entry in written.decode("latin1").split(",")]
