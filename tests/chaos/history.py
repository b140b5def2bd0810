"""The history of what clients asked and were answered, kept as JSON lines."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

TIMED_OUT = "TIMED_OUT"


@dataclass(frozen=True, slots=True)
class Event:
    """One event of `kind` `invoke`, then `ok`, `fail` (refused for good) or `unknown`.

    `key` names the operation through all its retries, `resource` is the id answered.
    """

    kind: str
    operation: str
    key: str
    user: str
    status: int = 0
    took_s: float = 0.0
    allowed_s: float = 0.0
    code: str = ""
    resource: str = ""
    retry_after: bool = False
    at: float = field(default_factory=time.time)

    @property
    def answered(self) -> bool:
        """Whether there is an answer, or none came although the edge took the request."""
        return self.status != 0 or self.code == TIMED_OUT


class History:
    """One run's events, in memory and in `file`."""

    def __init__(self, file: Path) -> None:
        self._lock = threading.Lock()
        self._file = file.open("w")
        self.events: list[Event] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, event: Event) -> Event:
        self.write(asdict(event))
        self.events.append(event)
        return event

    def write(self, line: dict[str, Any]) -> None:
        with self._lock:
            self._file.write(json.dumps(line) + "\n")

    def of(self, *operations: str, kind: str = "ok") -> Iterator[Event]:
        return (e for e in self.events if e.kind == kind and e.operation in operations)

    def ended(self) -> list[Event]:
        """Returns the event that ended each attempt."""
        return [event for event in self.events if event.kind != "invoke"]

    def unsettled(self) -> list[str]:
        """Returns the keys of operations that never got a definitive answer."""
        settled = {event.key for event in self.events if event.kind in ("ok", "fail")}
        return sorted({event.key for event in self.events} - settled)
