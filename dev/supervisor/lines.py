"""A process' log line, for people: JSON made readable, anything else left as it is."""

import json
from collections.abc import Iterator
from typing import Any

# Shown at the line's beginning already, or of use to programs only.
LEFT_OUT = {"time", "level", "event", "logger", "service.name", "mesh.role", "span_id"}
LAST = ("request_id", "trace_id")  # long, and the same in many lines
COLOURS = {"debug": 90, "warning": 33, "error": 31, "critical": 31}
DIM = 2


def event_of(line: str) -> dict[str, Any] | None:
    """Returns the event of a line of JSON; None for any other line."""
    if not line.startswith("{"):
        return None
    try:
        event: dict[str, Any] = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return event if "event" in event else None


def readable(line: str, *, coloured: bool) -> str:
    """Returns `time LEVEL event name=value …`, and an exception's text on lines below."""
    event = event_of(line)
    if event is None:
        return line
    level = str(event.get("level", ""))
    beneath = event.pop("exception", "")
    known = [name for name in event if name not in {*LEFT_OUT, *LAST}]
    ids = [name for name in LAST if name in event]
    parts = (
        painted(str(event.get("time", ""))[11:23], DIM, coloured=coloured),
        painted(f"{level.upper():<7} {event['event']}", COLOURS.get(level, 0), coloured=coloured),
        *_pairs(event, known),
        *(painted(pair, DIM, coloured=coloured) for pair in _pairs(event, ids)),
    )
    return " ".join(parts) + (f"\n{beneath}" if beneath else "")


def painted(text: str, colour: int, *, coloured: bool = True) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if coloured and colour else text


def _pairs(event: dict[str, Any], names: list[str]) -> Iterator[str]:
    for name in names:
        value = event[name]
        plain = isinstance(value, str) and value.isprintable() and value and " " not in value
        yield f"{name}={value if plain else json.dumps(value, ensure_ascii=False)}"
