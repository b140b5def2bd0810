"""Spans as OTLP. Source: opentelemetry/proto/trace/v1/trace.proto."""

from collections.abc import Iterable
from functools import lru_cache

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2

from mesh.telemetry.spans import Attributes, Span, Value

_FAILED = trace_pb2.Status(code=trace_pb2.Status.STATUS_CODE_ERROR)
_FLAGS = 0x01  # W3C: sampled


def encoded(resource: Attributes, spans: Iterable[Span]) -> bytes:
    """Returns a serialized export request with the spans."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.extend(_pairs(resource))
    scope = group.scope_spans.add()
    scope.scope.name = "mesh"
    for span in spans:
        scope.spans.add(
            trace_id=bytes.fromhex(span.trace_id),
            span_id=bytes.fromhex(span.span_id),
            parent_span_id=bytes.fromhex(span.parent_id),
            flags=_FLAGS,
            name=span.name,
            kind=span.kind,
            start_time_unix_nano=span.start_ns,
            end_time_unix_nano=span.end_ns,
            attributes=_pairs(span.attributes),
            links=[
                trace_pb2.Span.Link(
                    trace_id=bytes.fromhex(link.trace_id), span_id=bytes.fromhex(link.span_id)
                )
                for link in span.links
            ],
            status=_FAILED if span.failed else None,
        )
    return request.SerializeToString()


def _pairs(attributes: Attributes) -> list[KeyValue]:
    return [_pair(name, value) for name, value in attributes.items()]


@lru_cache(4096, typed=True)  # most values come again and again, and are copied from here
def _pair(name: str, value: Value) -> KeyValue:
    if isinstance(value, int):
        return KeyValue(key=name, value=AnyValue(int_value=value))
    return KeyValue(key=name, value=AnyValue(string_value=value))
