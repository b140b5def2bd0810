"""The addresses behind a gRPC target."""

import socket
from collections.abc import Iterator

ADDRESS_LISTS = ("ipv4:", "ipv6:")
BY_NAME = "dns:///"


class NameUnknown(Exception):
    """Raised for a host name that has no address, or has none yet."""


def addresses(target: str) -> Iterator[str]:
    """Yields each host:port, or a target of another scheme unchanged. Raises NameUnknown.

    Source: grpc/doc/naming.md.
    """
    for scheme in ADDRESS_LISTS:
        if target.startswith(scheme):
            yield from target.removeprefix(scheme).split(",")
            return
    name = target.removeprefix(BY_NAME)
    if ":///" in name or name.startswith("unix:"):
        yield target
        return
    host, _, port = name.rpartition(":")
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NameUnknown(f"{host} has no address") from error
    yield from dict.fromkeys(_joined(str(at[0]), str(at[1])) for *_, at in found)


def _joined(host: str, port: str) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
