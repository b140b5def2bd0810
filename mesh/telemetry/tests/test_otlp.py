"""The bytes that collectors get, as the generated messages of OTLP read them."""

from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from mesh.telemetry import otlp, tracing
from mesh.telemetry.spans import Kind, RecordedSpan
from mesh.telemetry.tests.conftest import Kept

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SENT = f"00-{TRACE}-{SPAN}-01"


def read(*spans: RecordedSpan) -> Any:
    whose = otlp.resource({"service.name": "toy"})
    body = otlp.export_request(whose, [otlp.encoded(span) for span in spans])
    (group,) = ExportTraceServiceRequest.FromString(body).resource_spans
    assert [pair.key for pair in group.resource.attributes] == ["service.name"]
    (of_scope,) = group.scope_spans
    assert of_scope.scope.name == "mesh"
    return of_scope.spans


def attributes(span: Any) -> dict[str, object]:
    return {
        pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in span.attributes
    }


def test_every_member_of_a_span_arrives(kept: Kept) -> None:
    with tracing.span("work", Kind.CLIENT, {"a": "b"}, parent=SENT, links=[SENT, SENT]) as span:
        span.set("number", 2**40)
        span.set("one", 1)
        span.fail("SomeError")
    ours = kept.named("work")
    (theirs,) = read(ours)
    assert (theirs.name, theirs.kind, theirs.flags) == ("work", theirs.SPAN_KIND_CLIENT, 1)
    assert theirs.trace_id.hex() == TRACE
    assert (theirs.span_id.hex(), theirs.parent_span_id.hex()) == (ours.span_id, SPAN)
    times = theirs.start_time_unix_nano, theirs.end_time_unix_nano
    assert times == (ours.start_ns, ours.end_ns)
    expected = {"a": "b", "number": 2**40, "one": 1, "error.type": "SomeError"}
    assert attributes(theirs) == expected
    assert theirs.status.code == theirs.status.STATUS_CODE_ERROR
    assert [(link.trace_id.hex(), link.span_id.hex()) for link in theirs.links] == [
        (TRACE, SPAN)
    ] * 2


def test_spans_of_every_length_keep_apart_in_one_request(kept: Kept) -> None:
    for length in (0, 1, 127, 128, 20_000):
        with tracing.span("work", Kind.SERVER, {"text": "x" * length}, parent=""):
            pass
    theirs = read(*kept.spans)
    assert [len(span.attributes[0].value.string_value) for span in theirs] == [
        0, 1, 127, 128, 20_000,
    ]  # fmt: skip
    assert {(span.parent_span_id, span.status.code) for span in theirs} == {(b"", 0)}
    assert [span.span_id.hex() for span in theirs] == [span.span_id for span in kept.spans]
