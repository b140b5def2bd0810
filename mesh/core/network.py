"""Normalizes network addresses, so that one client has one name in every count."""

import re
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

PORT_STEP = 10  # from one process of a service to the next
_WITH_PORT = re.compile(r"\[(.*)\](?::[0-9]+)?|([^:]*\.[^:]*):[0-9]+")
NETWORK_BITS = 64  # what a provider gives one IPv6 customer, at least


@lru_cache(maxsize=4096)
def address_of(text: str) -> str:
    """Returns the IP address that a peer or a proxy's header names, or empty for none.

    An IPv4 address mapped into IPv6 (RFC 4291, 2.5.5.2), which is how a dual-stack socket
    sees IPv4 clients, is that IPv4 address. A zone (`%eth0`) and a port (`1.2.3.4:80`,
    `[::1]:80`), which some proxies append, are left out.
    """
    try:
        with_port = _WITH_PORT.fullmatch(text)
        address = ip_address((with_port[1] or with_port[2]) if with_port else text)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Address(int(address)))
    return str(address)


@lru_cache(maxsize=4096)
def client_network(address: str) -> str:
    """Returns the network that attempts from an address are counted for: in IPv6, its /64.

    Text that is no address is returned as it is.
    """
    found = address_of(address)
    if ":" not in found:
        return found or address
    return str(ip_network((found, NETWORK_BITS), strict=False))


def binds(first: str, processes: int) -> list[str]:
    """Returns the addresses of a service's processes: host:port, host:port+10, …"""
    host, _, port = first.rpartition(":")
    return [f"{host}:{int(port) + PORT_STEP * number}" for number in range(processes)]
