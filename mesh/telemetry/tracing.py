"""Spans, made by hand where the kit passes anyway; nothing at all while tracing is off."""

from collections.abc import Iterable, Mapping

from mesh import context
from mesh.telemetry import spans
from mesh.telemetry.spans import Attributes, Kind, NullSpan, Parent, RecordedSpan, Recorder, Span

_NO_SPAN = NullSpan()
_NOTHING: Mapping[str, str] = {}


class _Tracing:
    """The process's one switch."""

    recorder: Recorder | None = None


def enable(recorder: Recorder) -> None:
    _Tracing.recorder = recorder


def disable() -> None:
    """Makes no more spans, and sends those that were made."""
    recorder, _Tracing.recorder = _Tracing.recorder, None
    if recorder is not None:
        recorder.close()


def span(
    name: str,
    kind: Kind,
    attributes: Attributes = _NOTHING,
    *,
    parent: str | None = None,
    links: Iterable[str] = (),
    sampled_by_links: bool = False,
) -> NullSpan:
    """Returns a span to enter by `with`.

    `parent` and `links` are traceparents. Without a parent it is the current span's child;
    with an empty one it begins a trace, which is recorded as others are or, `sampled_by_links`,
    when one that it links to is.
    """
    recorder = _Tracing.recorder
    if recorder is None:
        return _NO_SPAN
    linked = tuple(link for header in links if (link := Parent.read(header)))
    above = spans.current() if parent is None else Parent.read(parent)
    trace_id = above.trace_id if above else spans.new_trace_id()
    if sampled_by_links:
        sampled = any(link.sampled for link in linked)
    elif isinstance(above, Span):
        sampled = above.sampled
    else:
        sampled = recorder.samples(trace_id, above, name)
    if not sampled:
        return Span(trace_id)
    return RecordedSpan(
        name,
        kind,
        trace_id,
        above.span_id if above else "",
        attributes=attributes,
        links=linked,
        recorder=recorder,
    )


def recording() -> bool:
    """Returns whether the current span is recorded."""
    current = spans.current()
    return current is not None and current.sampled


def traceparent() -> str:
    """Returns the traceparent for onward calls: the current span's, else the call's."""
    if current := spans.current():
        return current.traceparent
    call = context.current()
    return call.traceparent if call else ""


def ids() -> dict[str, str]:
    """Returns the current `trace_id` and `span_id` for logs; {} without a trace."""
    now = spans.current() or ((header := traceparent()) and Parent.read(header))
    return {"trace_id": now.trace_id, "span_id": now.span_id} if now else {}
