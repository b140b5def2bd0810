"""Which spans there are, and whose children they are."""

import pytest

from mesh import context
from mesh.context import Call
from mesh.telemetry import tracing
from mesh.telemetry.spans import Kind
from mesh.telemetry.tests.conftest import Kept

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SAMPLED, UNSAMPLED = f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-00"


def test_without_a_recorder_nothing_is_made_and_what_came_along_is_sent_on() -> None:
    with context.serving(Call("m", "r", 0.0, traceparent=SAMPLED)):
        with tracing.span("here", Kind.SERVER, parent=SAMPLED) as span:
            span.set("name", "value")
            span.fail("SomeError")
            assert tracing.traceparent() == SAMPLED
            assert not tracing.recording()
        assert tracing.ids() == {"trace_id": TRACE, "span_id": SPAN}
    assert (tracing.traceparent(), tracing.ids()) == ("", {})


def test_a_span_is_the_child_of_the_one_around_it(kept: Kept) -> None:
    with tracing.span("outer", Kind.SERVER, parent=""), tracing.span("inner", Kind.CLIENT):
        pass
    outer, inner = kept.named("outer"), kept.named("inner")
    assert (outer.parent_id, inner.parent_id) == ("", outer.span_id)
    assert outer.trace_id == inner.trace_id
    assert outer.start_ns <= inner.start_ns <= inner.end_ns <= outer.end_ns


def test_a_traceparent_is_continued_and_sent_on_as_one_s_own(kept: Kept) -> None:
    with tracing.span("here", Kind.SERVER, parent=SAMPLED):
        onward = tracing.traceparent()
        ids = tracing.ids()
    here = kept.named("here")
    assert (here.trace_id, here.parent_id) == (TRACE, SPAN)
    assert onward == f"00-{TRACE}-{here.span_id}-01"
    assert ids == {"trace_id": TRACE, "span_id": here.span_id}


@pytest.mark.parametrize(
    "malformed",
    [
        SAMPLED.upper(),
        SAMPLED[1:],
        SAMPLED + "0",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{SPAN}-01",
        "\u0661" + SAMPLED[1:],
    ],
)
def test_a_malformed_traceparent_begins_a_trace(kept: Kept, malformed: str) -> None:
    with tracing.span("here", Kind.SERVER, parent=malformed):
        pass
    assert kept.named("here").parent_id == ""
    assert kept.named("here").trace_id != TRACE


def test_what_is_not_sampled_is_not_recorded_and_says_so_onward(kept: Kept) -> None:
    with tracing.span("here", Kind.SERVER, parent=UNSAMPLED):
        with tracing.span("inside", Kind.CLIENT):
            onward = tracing.traceparent()
        assert not tracing.recording()
    assert kept.spans == []
    assert onward.startswith(f"00-{TRACE}-")
    assert onward.endswith("-00")


def test_an_exception_ends_the_span_and_its_text_is_not_in_it(kept: Kept) -> None:
    with pytest.raises(ValueError, match="ada"), tracing.span("here", Kind.CLIENT, parent=""):
        raise ValueError("ada@example.org")
    assert kept.named("here").attributes == {}
    assert tracing.traceparent() == ""


def test_links_name_spans_of_other_traces_and_leave_out_what_is_none(kept: Kept) -> None:
    with tracing.span("here", Kind.CONSUMER, parent="", links=[SAMPLED, ""]):
        pass
    (link,) = kept.named("here").links
    assert (link.trace_id, link.span_id) == (TRACE, SPAN)


def test_switching_off_sends_what_is_left(kept: Kept) -> None:
    tracing.disable()
    assert kept.closed
    with tracing.span("here", Kind.SERVER, parent=""):
        assert tracing.ids() == {}
