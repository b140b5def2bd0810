"""`make logs REQUEST=<id>`: what one request caused, as a tree through all processes."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from dev.supervisor.console import Terminal, before, log_of
from dev.supervisor.lines import COLOURS, event_of, pairs
from mesh.core.terminal import DIM, painted

IDS = ("request_id", "trace_id")
SLACK_MS = 2.0  # times are written with less than a millisecond, or in whole ones
LATEST = 8
INDENT = "  "
TIMED = {"request", "rpc", "step_done"}
# In the text of a line already, or the same in all.
TOLD = {"method", "rpc", "status", "outcome", "kind", "duration_ms", "step_id", "caller", *IDS}


@dataclass
class Node:
    """An event and what it caused. Times are in milliseconds since 1970."""

    process: str
    event: dict[str, Any]
    end_ms: float
    caused: list["Node"] = field(default_factory=list)

    @property
    def start_ms(self) -> float:
        return self.end_ms - float(self.event.get("duration_ms", 0))

    @property
    def failed(self) -> bool:
        event = self.event
        return (
            event.get("level") in ("warning", "error", "critical")
            or event.get("outcome", "OK") != "OK"
            or int(event.get("status", 0)) >= 400
        )

    @property
    def text(self) -> str:
        event = self.event
        rpc = str(event.get("rpc", "")).rpartition(".")[2]
        match event["event"]:
            case "request":
                return f"{event.get('method')} {rpc} → {event.get('status')}"
            case "rpc":
                return f"{rpc} {event.get('outcome')}"
            case name if "kind" in event:
                return f"{event['kind']} {name.removeprefix('step_')}"
            case name:
                return str(name)

    def __iter__(self) -> Iterator["Node"]:
        yield self
        for node in self.caused:
            yield from node


def show(folder: Path, names: Sequence[str], wanted: str) -> int:
    """Prints what has the id of a request or a trace, as a tree; returns how many events.

    In the end it is said where an error came from.
    """
    terminal, found = Terminal(names), caused(folder, names, wanted)
    began_ms = min((node.start_ms for node, _ in found), default=0.0)
    for node, depth in found:
        terminal.show(node.process, _line(node, depth, began_ms, terminal.coloured))
    failed = [node for node, _ in found if _is_origin(node)]
    if failed:
        last = max(failed, key=lambda node: (node.start_ms, -node.end_ms))
        print(f"\nthe error came from {last.process}: {last.text}")
    return len(found)


def caused(folder: Path, names: Sequence[str], wanted: str) -> list[tuple[Node, int]]:
    """Returns what has the id of a request or a trace, each with its depth in the tree.

    A step keeps the id of the request that enqueued it, so lines of workers are among them,
    however much later.
    """
    nodes = sorted(
        (
            Node(name, event, _ms(str(event.get("time"))))
            for name, event in _events(folder, names, wanted)
            if wanted in [event.get(one) for one in IDS]
        ),
        key=lambda node: (node.start_ms, -node.end_ms),
    )
    return list(_walk(_roots(nodes), 0))


def latest_requests(folder: Path, names: Sequence[str]) -> Iterator[str]:
    """Yields a line for each of the last requests that the edge served, the newest first."""
    served = (
        event for _, event in _events(folder, names) if event["event"] == "request" and event["rpc"]
    )
    for event in reversed(deque(served, LATEST)):
        yield f"  REQUEST={event['request_id']}  {Node('', event, 0).text}"


def _line(node: Node, depth: int, began_ms: float, coloured: bool) -> str:
    event = node.event
    text = f"{INDENT * depth}{node.text}"
    colour = COLOURS.get(str(event.get("level")), 0) or (31 if node.failed else 0)
    took = f"{event['duration_ms']:.1f} ms" if "duration_ms" in event else ""
    others = " ".join(pair for pair in pairs(event, TOLD) if pair != "attempts=1")
    parts = (
        painted(f"{node.start_ms - began_ms:+7.0f} ms", DIM, coloured=coloured),
        painted(f"{text:<58}", colour, coloured=coloured),
        f"{took:>10}",
        painted(others, DIM, coloured=coloured),
    )
    beneath = event.get("exception", "")
    return "  ".join(parts).rstrip() + (f"\n{beneath}" if beneath else "")


def _walk(nodes: Iterable[Node], depth: int) -> Iterator[tuple[Node, int]]:
    for node in nodes:
        yield node, depth
        yield from _walk(node.caused, depth + 1)


def _roots(nodes: list[Node]) -> list[Node]:
    """Hangs each node under what caused it; returns those that nothing here caused.

    `nodes` are in the order of their starts.
    """
    roots: list[Node] = []
    for number, node in enumerate(nodes):
        causes = [one for one in nodes[:number] if _causes(one, node)]
        (causes[-1].caused if causes else roots).append(node)
    return roots


def _causes(one: Node, other: Node) -> bool:
    """Returns whether `one` called, enqueued or wrote `other`, by times and who called.

    The id of a step (RFC 9562, UUIDv7) holds the time at which it was enqueued.
    """
    if one.event["event"] not in TIMED:
        return False
    at_ms, by = other.start_ms, one.event.get("service.name")
    if "step_id" in other.event:
        at_ms = float(UUID(other.event["step_id"]).int >> 80)
    within = one.start_ms - SLACK_MS <= at_ms <= one.end_ms + SLACK_MS
    return within and by == other.event.get("caller", other.event.get("service.name"))


def _is_origin(node: Node) -> bool:
    return node.failed and not any(one.failed for one in list(node)[1:])


def _events(
    folder: Path, names: Iterable[str], having: str = ""
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields the events of all logs, of lines that have a text, with their processes."""
    for name in names:
        for line in _lines(log_of(folder, name)):
            if having in line and (event := event_of(line)) is not None:
                yield name, event


def _lines(log: Path) -> Iterator[str]:
    for file in (before(log), log):
        if file.exists():
            with file.open(encoding="utf-8", errors="replace") as lines:
                yield from (line.rstrip("\n") for line in lines)


def _ms(time: str) -> float:
    """Returns 0 for a time that is none."""
    try:
        return datetime.fromisoformat(time).timestamp() * 1000
    except ValueError:
        return 0.0
