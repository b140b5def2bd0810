"""A process' log line, for people: JSON made readable, anything else left as it is."""

import json
from collections.abc import Container, Iterator
from typing import Any

from mesh.core.terminal import DIM, painted

# Shown at the line's beginning already, or of use to programs only.
LEFT_OUT = {"time", "level", "event", "logger", "service.name", "mesh.role", "span_id"}
LIBRARIES = ("celery", "kombu", "uvicorn", "waitress")
LAST = ("request_id", "trace_id")  # long, and the same in many lines
COLOURS = {"debug": 90, "warning": 33, "error": 31, "critical": 31}


def event_of(line: str) -> dict[str, Any] | None:
    """Returns the event of a line of JSON; None for any other line."""
    if not line.startswith("{"):
        return None
    try:
        event: dict[str, Any] = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return event if "event" in event else None


def is_chatter(line: str) -> bool:
    """Returns whether a line tells only of libraries that are well, or of a probe, or nothing."""
    event = event_of(line)
    if event is None:
        return not line.strip()
    if event.get("level") not in ("info", "debug"):
        return False
    library = str(event.get("logger", "")).startswith(LIBRARIES)
    own_page = event.get("rpc") == "" and event.get("status") == 200
    return library or own_page or event.get("route") == "/livez"


def readable(line: str, *, coloured: bool) -> str:
    """Returns `time LEVEL event name=value …`, and an exception's text on lines below."""
    event = event_of(line)
    if event is None:
        return line
    level = str(event.get("level", ""))
    beneath = event.get("exception", "")
    ids = [name for name in LAST if name in event]
    parts = (
        painted(str(event.get("time", ""))[11:23], DIM, coloured=coloured),
        painted(f"{level.upper():<7} {event['event']}", COLOURS.get(level, 0), coloured=coloured),
        *pairs(event, LAST),
        *(painted(f"{name}={_shown(event[name])}", DIM, coloured=coloured) for name in ids),
    )
    return " ".join(parts) + (f"\n{beneath}" if beneath else "")


def pairs(event: dict[str, Any], but: Container[str]) -> Iterator[str]:
    """Yields `name=value` for what an event has besides time, level, name and `but`."""
    for name, value in event.items():
        if name not in {*LEFT_OUT, "exception"} and name not in but:
            yield f"{name}={_shown(value)}"


def _shown(value: object) -> str:
    plain = isinstance(value, str) and value.isprintable() and value and " " not in value
    return str(value) if plain else json.dumps(value, ensure_ascii=False)
