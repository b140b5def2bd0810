from collections.abc import Iterator

import pytest
from django.db import connection

from mesh.telemetry import sql, tracing
from mesh.telemetry.spans import Parent, RecordedSpan


class Kept:
    """A recorder that keeps what it is given, in the order in which it ended."""

    def __init__(self) -> None:
        self.spans: list[RecordedSpan] = []
        self.closed = False

    def samples(self, trace_id: str, parent: Parent | None, name: str) -> bool:
        return parent is None or parent.sampled

    def take(self, ended: RecordedSpan) -> None:
        self.spans.append(ended)

    def close(self) -> None:
        self.closed = True

    def named(self, name: str) -> RecordedSpan:
        (found,) = [span for span in self.spans if span.name == name]
        return found


@pytest.fixture
def kept() -> Iterator[Kept]:
    """Tracing, on for the test; what this thread asks the database is traced too."""
    recorder = Kept()
    tracing.enable(recorder)
    with connection.execute_wrapper(sql.traced):
        yield recorder
    tracing.disable()
