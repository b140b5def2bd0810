"""The span that the kit records: several times lighter than the SDK's.

The SDK spends 80 µs on a span where the edge spends 470 on a request; this takes about 20,
all included. What leaves the process is OTLP all the same, and sampling, batching and
sending are the SDK's: see `export.py`. Figures: docs/decisions/0011-telemetry.md.
"""

import random
import re
import time
from collections.abc import Mapping
from contextvars import ContextVar, Token
from enum import IntEnum
from typing import Protocol, Self

Value = str | int
Attributes = Mapping[str, Value]

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
_SAMPLED = 0x01
_current: ContextVar["Span | None"] = ContextVar("mesh_span", default=None)


class Kind(IntEnum):
    """Numbered as in opentelemetry/proto/trace/v1/trace.proto."""

    SERVER = 2
    CLIENT = 3
    PRODUCER = 4
    CONSUMER = 5


class NullSpan:
    """The span that does nothing, used while tracing is off."""

    __slots__ = ()
    sampled = False
    traceparent = ""

    def set(self, name: str, value: Value) -> None:
        """Adds an attribute."""

    def rename(self, name: str) -> None: ...

    def fail(self, error_type: str) -> None:
        """Records that the span failed, and the error's type; never its text."""

    def begin(self) -> None: ...

    def make_current(self) -> None:
        """Makes it the current span until `leave`."""

    def leave(self) -> None: ...

    def end(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...


class Recorder(Protocol):
    """Samples traces, and sends ended spans."""

    def samples(self, trace_id: str, parent: "Parent | None", name: str) -> bool:
        """Returns whether to record what a trace does in this process."""

    def take(self, ended: "RecordedSpan") -> None: ...

    def close(self) -> None:
        """Sends what has not been sent, within about a second."""


class Span(NullSpan):
    """A span whose trace is not recorded: the current one while its `with` lasts.

    It costs next to nothing, and has the ids that onward calls and log lines take. In hex.
    """

    __slots__ = ("_token", "span_id", "trace_id")

    def __init__(self, trace_id: str) -> None:
        self.trace_id = trace_id
        self.span_id = f"{random.getrandbits(64):016x}"

    @property
    def traceparent(self) -> str:  # type: ignore[override]  # read only in both
        """Returns the header that refers to this span (W3C Trace Context)."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"

    def make_current(self) -> None:
        self._token: Token[Span | None] = _current.set(self)

    def leave(self) -> None:
        _current.reset(self._token)
        del self._token

    def __enter__(self) -> Self:
        self.make_current()
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()
        self.end()


class RecordedSpan(Span):
    """A span that is handed to the recorder when it ends."""

    __slots__ = (
        *("name", "kind", "parent_id", "attributes", "links"),
        *("failed", "start_ns", "end_ns", "_recorder"),
    )
    sampled = True

    def __init__(
        self,
        name: str,
        kind: Kind,
        trace_id: str,
        parent_id: str,
        *,
        attributes: Attributes,
        links: tuple["Parent", ...],
        recorder: Recorder,
    ) -> None:
        super().__init__(trace_id)
        self.name, self.kind = name, kind
        self.parent_id = parent_id
        self.attributes = dict(attributes)
        self.links = links
        self.failed = False
        self._recorder = recorder

    def set(self, name: str, value: Value) -> None:
        self.attributes[name] = value

    def rename(self, name: str) -> None:
        self.name = name

    def fail(self, error_type: str) -> None:
        self.failed = True
        self.attributes["error.type"] = error_type

    def begin(self) -> None:
        self.start_ns = time.time_ns()

    def end(self) -> None:
        self.end_ns = time.time_ns()
        self._recorder.take(self)


def current() -> Span | None:
    return _current.get()


class Parent:
    """A span of another process, read from a traceparent."""

    __slots__ = ("sampled", "span_id", "trace_id")

    def __init__(self, trace_id: str, span_id: str, *, sampled: bool) -> None:
        self.trace_id, self.span_id, self.sampled = trace_id, span_id, sampled

    @classmethod
    def read(cls, traceparent: str) -> "Parent | None":
        """Returns None for an empty or malformed header; then a new trace begins."""
        match = _TRACEPARENT.fullmatch(traceparent)
        if match is None:
            return None
        return cls(match[1], match[2], sampled=bool(int(match[3], 16) & _SAMPLED))


def new_trace_id() -> str:
    return f"{random.getrandbits(128):032x}"
