"""Records a span and the duration of every call to another service."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def calling(method: Method) -> Iterator[None]:
    """Records a call to another service, retries included; the call raises DomainError."""
    name, attributes = described(method)
    started, code = time.perf_counter(), "CANCELLED"
    with tracing.span(name, Kind.CLIENT, attributes) as span:
        try:
            yield
            code = "OK"
        except DomainError as error:
            code = code_pb2.Code.Name(error.code)
            span.fail(code)
            raise
        finally:
            _duration(name, code).observe(time.perf_counter() - started)
            span.set("rpc.response.status_code", code)


def described(method: Method) -> tuple[str, Attributes]:
    """Returns the name of an RPC in telemetry, and the attributes of its spans."""
    return method.full_name, {"rpc.system.name": "grpc", "rpc.method": method.full_name}
