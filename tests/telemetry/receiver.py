"""A real OTLP/HTTP receiver: keeps the spans that it is sent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

PATH = "/v1/traces"


@dataclass(frozen=True)
class Told:
    """A span as it arrived. `tier` is the service and the role of the process."""

    tier: tuple[str, str]
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    failed: bool
    links: tuple[str, ...]
    attributes: dict[str, Any] = field(hash=False)


class Receiver:
    """The spans that arrived so far, in no order."""

    def __init__(self) -> None:
        self.spans: list[Told] = []
        self.endpoint = ""

    def take(self, body: bytes) -> None:
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            resource = _plain(group.resource.attributes)
            tier = (resource["service.name"], resource["mesh.role"])
            for scope in group.scope_spans:
                self.spans += [_told(tier, span) for span in scope.spans]

    def of_trace(self, trace_id: str) -> list[Told]:
        return [span for span in self.spans if span.trace_id == trace_id]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Runs a receiver on a free port."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            known = self.path == PATH
            if known:
                receiver.take(self.rfile.read(int(self.headers["Content-Length"])))
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200 if known else 404)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002  # its name
            """Logs nothing, as the base class writes to standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.endpoint = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, name="otlp").start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


def _told(tier: tuple[str, str], span: Span) -> Told:
    return Told(
        tier=tier,
        name=span.name,
        kind=Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        failed=span.status.code == span.status.STATUS_CODE_ERROR,
        links=tuple(link.span_id.hex() for link in span.links),
        attributes=_plain(span.attributes),
    )


def _plain(attributes: Any) -> dict[str, Any]:
    return {pair.key: _value(pair) for pair in attributes}


def _value(pair: KeyValue) -> Any:
    kind = pair.value.WhichOneof("value")
    return getattr(pair.value, kind) if kind else None
