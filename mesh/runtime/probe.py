"""`python -m mesh.runtime.probe`: the health check of a container; exit code 0 is healthy.

Asks what HEALTH_TARGET names, `grpc://host:port` or `http://host:port/path`, or looks
whether anybody listens at `tcp://host:port`. Without it the process is well while it runs:
the container's engine starts it anew when it ends. It runs every few seconds in every
container, so it loads nothing that it does not need.
"""

import socket
import sys
from importlib import import_module
from urllib.parse import SplitResult, urlsplit

from mesh.core import config

WITHIN_S = 5.0


def complaint(target: str) -> str | None:
    """Returns what is wrong with the target, or None."""
    at = urlsplit(target)
    if at.scheme == "grpc":
        found: str | None = import_module("mesh.runtime.grpc_probe").complaint(at.netloc, WITHIN_S)
        return found
    try:
        return _refused(at)
    except OSError as error:
        return str(error)


def _refused(at: SplitResult) -> str | None:
    """Raises OSError when nobody listens there, or does not answer in time."""
    with socket.create_connection((at.hostname, at.port), WITHIN_S) as connection:
        if at.scheme == "tcp":
            return None
        connection.sendall(f"GET {at.path} HTTP/1.0\r\nHost: {at.netloc}\r\n\r\n".encode())
        with connection.makefile("rb") as answer:
            status = answer.readline().decode(errors="replace").strip()
            answer.read()
    return None if status.split()[1:2] == ["200"] else status or "no answer"


def main() -> int:
    try:
        target = config.url("HEALTH_TARGET", "", "grpc", "http", "tcp", default="")
        found = complaint(target) if target else None
    except config.SettingError as error:
        found = str(error)
    if found:
        print(found, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
