"""Where a request came from: the peer, or what trusted proxies before us say of it."""

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

_FORWARDED_FOR = b"x-forwarded-for"
_NETWORK_BITS = 64  # what a provider gives one IPv6 customer, at least


def client_address(scope: Mapping[str, Any], trusted_proxies: int) -> str:
    """The client's IP address, or empty when it has none.

    Each proxy appends whom it was called by to `X-Forwarded-For`; with n proxies of our
    own the n-th entry from the right is the first that a client can't have written. A
    request with fewer entries came past them, and is taken at its peer's address.
    """
    peer = str((scope.get("client") or ("",))[0])
    if not trusted_proxies:
        return peer
    hops = _hops(scope["headers"])
    return (hops[-trusted_proxies] if len(hops) >= trusted_proxies else "") or peer


def _hops(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    """The addresses of the header's entries; what is no address is empty."""
    written = b",".join(value for name, value in headers if name == _FORWARDED_FOR)
    return [_address(entry.strip()) for entry in written.decode("latin1").split(",")]


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""


def network_of(address: str) -> str:
    """Whom an address stands for where requests are counted: in IPv6, its whole /64."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network((address, _NETWORK_BITS), strict=False))
    except ValueError:
        return address
