"""`python -m mesh.probe`: the health check of a container; exit code 0 is healthy.

Asks what HEALTH_TARGET names, `grpc://host:port` or `http://host:port/path`. Without it
the process is one that listens nowhere, such as a worker: it is well while it runs, and
the container's engine starts it anew when it ends. It loads no Django: it runs often.
"""

import sys
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from mesh import env, tls

WITHIN_S = 5.0


def complaint(target: str) -> str | None:
    """What is wrong with it, or nothing."""
    parts = urlsplit(target)
    return _grpc(parts.netloc) if parts.scheme == "grpc" else _http(target)


def _grpc(address: str) -> str | None:
    with _channel(address) as channel:
        check = health_pb2_grpc.HealthStub(channel).Check
        try:
            status = check(health_pb2.HealthCheckRequest(), timeout=WITHIN_S).status
        except grpc.RpcError as error:
            return str(error.code().name)
    serving = health_pb2.HealthCheckResponse.SERVING
    return None if status == serving else health_pb2.HealthCheckResponse.ServingStatus.Name(status)


def _channel(address: str) -> grpc.Channel:
    """By TLS where that is on; the process probed is the same service's as we."""
    service = env.text("SERVICE", "")
    certificates = tls.from_env(service)
    if certificates is None:
        return grpc.insecure_channel(address)
    credentials = tls.channel_credentials(certificates.current())
    return grpc.secure_channel(address, credentials, tls.channel_options(service))


def _http(url: str) -> str | None:
    try:
        urlopen(url, timeout=WITHIN_S).close()  # noqa: S310  # nosec B310  # main checked the scheme
    except (URLError, OSError) as error:
        return str(error)
    return None


def main() -> int:
    try:
        target = env.url("HEALTH_TARGET", "", "grpc", "http", default="")
        found = complaint(target) if target else None
    except env.SettingError as error:
        found = str(error)
    if found:
        print(found, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
