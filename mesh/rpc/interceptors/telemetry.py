"""Records a span and the duration of every call to another service."""

import time
from functools import lru_cache

from google.rpc import code_pb2

from mesh.contract.model import Method
from mesh.core.errors import DomainError
from mesh.telemetry import tracing
from mesh.telemetry.metrics import RPC_CLIENT_DURATION
from mesh.telemetry.spans import Attributes, Kind

# Statuses that are the server's fault; the others are the caller's. Source: OpenTelemetry, gRPC.
SERVER_ERRORS = frozenset(
    "UNKNOWN DEADLINE_EXCEEDED UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS".split()
)
# Finding the child of a metric takes longer than adding to it.
_duration = lru_cache(maxsize=4096)(RPC_CLIENT_DURATION.labels)


class calling:  # noqa: N801  # used as a function; contextlib's would take three times as long
    """Records a call to another service, retries included; the call raises DomainError."""

    __slots__ = ("_name", "_span", "_started")

    def __init__(self, method: Method) -> None:
        self._name, attributes = described(method)
        self._span = tracing.span(self._name, Kind.CLIENT, attributes)

    def __enter__(self) -> None:
        self._started = time.perf_counter()
        self._span.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> None:
        code = "OK" if error is None else "CANCELLED"
        if isinstance(error, DomainError):
            code = code_pb2.Code.Name(error.code)
            self._span.fail(code)
        _duration(self._name, code).observe(time.perf_counter() - self._started)
        self._span.set("rpc.response.status_code", code)
        self._span.__exit__()


def described(method: Method) -> tuple[str, Attributes]:
    """Returns the name of an RPC in telemetry, and the attributes of its spans."""
    return method.full_name, {"rpc.system.name": "grpc", "rpc.method": method.full_name}
