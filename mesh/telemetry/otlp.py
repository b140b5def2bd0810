"""Spans as OTLP, each of which is encoded when it ends.

So what waits for its batch is bytes, which the garbage collector passes over, and to send a batch
takes next to no time from the threads that serve. The encoding of a message is that of its fields
one after another, so those that come again and again are kept.
Sources: protobuf.dev, "Encoding"; opentelemetry/proto/trace/v1/trace.proto.
"""

from collections.abc import Iterable
from functools import lru_cache
from struct import Struct
from types import SimpleNamespace

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Status
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage

from mesh.telemetry.spans import Attributes, Kind, RecordedSpan, Value

_SAMPLED = 0x01  # of W3C's flags
_SCOPE = ScopeSpans(scope=InstrumentationScope(name="mesh")).SerializeToString()
# Number and type of a field, and its length where that is always the same.
_RESOURCE_SPANS, _SCOPE_SPANS, _SPANS = b"\x0a", b"\x12", b"\x12"
_TRACE_ID, _SPAN_ID, _PARENT_ID, _LINK = b"\x0a\x10", b"\x12\x08", b"\x22\x08", b"\x6a\x1c"
_TIMES, _START, _END = Struct("<BQBQ"), 0x39, 0x41


class EncodedSpan(bytes):
    __slots__ = ()
    context = SimpleNamespace(trace_flags=SimpleNamespace(sampled=True))  # the SDK's batches ask


def encoded(span: RecordedSpan) -> EncodedSpan:
    hexadecimal = bytes.fromhex
    parts = [
        *(_TRACE_ID, hexadecimal(span.trace_id), _SPAN_ID, hexadecimal(span.span_id)),
        _named(span.name, span.kind, failed=span.failed),
        _TIMES.pack(_START, span.start_ns, _END, span.end_ns),
    ]
    if span.parent_id:
        parts += _PARENT_ID, hexadecimal(span.parent_id)
    parts += [_attribute(name, value) for name, value in span.attributes.items()]
    for link in span.links:
        parts += _LINK, _TRACE_ID, hexadecimal(link.trace_id), _SPAN_ID, hexadecimal(link.span_id)
    return EncodedSpan(b"".join(parts))


def resource(attributes: Attributes) -> bytes:
    """Returns what says in each request whose spans these are."""
    pairs = [_pair(name, value) for name, value in attributes.items()]
    return ResourceSpans(resource=Resource(attributes=pairs)).SerializeToString()


def export_request(whose: bytes, spans: Iterable[EncodedSpan]) -> bytes:
    """Returns a serialized ExportTraceServiceRequest with the spans of a `resource`."""
    of_scope = _SCOPE + b"".join([_SPANS + _varint(len(span)) + span for span in spans])
    group = whose + _SCOPE_SPANS + _varint(len(of_scope)) + of_scope
    return _RESOURCE_SPANS + _varint(len(group)) + group


@lru_cache(4096)
def _named(name: str, kind: Kind, *, failed: bool) -> bytes:
    status = Status(code=Status.STATUS_CODE_ERROR) if failed else None
    made = SpanMessage(
        name=name,
        kind=kind.value,  # type: ignore[arg-type]  # stubs have a type of their own for it
        flags=_SAMPLED,
        status=status,
    )
    return made.SerializeToString()


@lru_cache(4096, typed=True)
def _attribute(name: str, value: Value) -> bytes:
    return SpanMessage(attributes=[_pair(name, value)]).SerializeToString()


def _pair(name: str, value: Value) -> KeyValue:
    if isinstance(value, int):
        return KeyValue(key=name, value=AnyValue(int_value=value))
    return KeyValue(key=name, value=AnyValue(string_value=value))


@lru_cache(4096)
def _varint(number: int) -> bytes:
    low = []
    while number > 0x7F:
        low.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*low, number])
