"""`make logs REQUEST=<id>`: one request through all processes, in the order of time."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from dev.supervisor.console import Terminal, before, log_of
from dev.supervisor.lines import event_of

IDS = ("request_id", "trace_id")


def show(folder: Path, names: list[str], wanted: str) -> int:
    """Prints the lines that have the id of a request or a trace; returns how many.

    A step keeps the id of the request that enqueued it, so lines of workers are among them,
    however much later. Without an id every event is printed.
    """
    terminal = Terminal(names)
    found = sorted(_found(folder, names, wanted))
    for _, name, line in found:
        terminal.show(name, line)
    return len(found)


def _found(folder: Path, names: Iterable[str], wanted: str) -> Iterator[tuple[str, str, str]]:
    for name in names:
        for line in _lines(log_of(folder, name)):
            event = event_of(line)
            if event and (not wanted or wanted in [event.get(one) for one in IDS]):
                yield str(event.get("time", "")), name, line


def _lines(log: Path) -> Iterator[str]:
    for file in (before(log), log):
        if file.exists():
            with file.open(encoding="utf-8", errors="replace") as lines:
                yield from (line.rstrip("\n") for line in lines)
