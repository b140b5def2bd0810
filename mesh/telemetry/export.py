"""Samples, batches and sends spans with the SDK, as the standard variables say, as OTLP.

Loaded only where spans are wanted. OTEL_TRACES_SAMPLER, OTEL_BSP_*,
OTEL_RESOURCE_ATTRIBUTES and the rest of OTEL_EXPORTER_OTLP_* are read by the SDK itself.
Source: OpenTelemetry, environment variable specification.
"""

import logging
import os
import socket
import threading
from collections.abc import Sequence
from typing import cast

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from mesh.telemetry import otlp
from mesh.telemetry.spans import Parent, RecordedSpan

CLOSES_WITHIN_S = 1.0
_NO_PARENT = Context()  # without one the SDK looks for the thread's


class Exporter:
    """A `spans.Recorder`."""

    def __init__(self, service: str, role: str) -> None:
        # It logs each try; that a batch was dropped is enough.
        logging.getLogger("opentelemetry").setLevel(logging.ERROR)
        self._provider = TracerProvider(resource=_resource(service, role), shutdown_on_exit=False)
        self._batches = BatchSpanProcessor(_Sender(self._provider.resource))
        self._provider.add_span_processor(self._batches)

    def samples(self, trace_id: str, parent: Parent | None, name: str) -> bool:
        above = _NO_PARENT
        if parent is not None:
            above = set_span_in_context(NonRecordingSpan(_remote(parent)), above)
        result = self._provider.sampler.should_sample(above, int(trace_id, 16), name)
        return result.decision is Decision.RECORD_AND_SAMPLE

    def take(self, ended: RecordedSpan) -> None:
        # Handed on to our sender as it is.
        self._batches.on_end(cast(ReadableSpan, otlp.encoded(ended)))

    def close(self) -> None:
        """Sends what is left, for a second at most, so that no collector delays the exit."""
        sending = threading.Thread(target=self._provider.shutdown, daemon=True)
        sending.start()
        sending.join(CLOSES_WITHIN_S)


class _Sender(OTLPSpanExporter):
    """Sends as the SDK does, what is encoded already."""

    def __init__(self, resource: Resource) -> None:
        super().__init__()
        told = {name: str(value) for name, value in resource.attributes.items()}
        self._resource = otlp.resource(told)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        body = otlp.export_request(self._resource, cast(Sequence[otlp.EncodedSpan], spans))
        sent = self._client.export(body).success
        return SpanExportResult.SUCCESS if sent else SpanExportResult.FAILURE


def _remote(parent: Parent) -> SpanContext:
    flags = TraceFlags(TraceFlags.SAMPLED if parent.sampled else TraceFlags.DEFAULT)
    ids = int(parent.trace_id, 16), int(parent.span_id, 16)
    return SpanContext(*ids, is_remote=True, trace_flags=flags)


def _resource(service: str, role: str) -> Resource:
    """Returns the process's resource; attributes from the environment take precedence."""
    known = {
        "service.name": service,
        "service.namespace": "market",
        "service.instance.id": f"{socket.gethostname()}/{os.getpid()}",
        "mesh.role": role,
    }
    return Resource.create(known).merge(OTELResourceDetector().detect())
