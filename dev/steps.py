"""Steps of a set-up, shown with the time that each takes; on the standard library alone."""

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from dev.supervisor.output import write, write_nowhere

MOVES_EVERY_S = 0.1
SIGNS = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
CLEAR = "\r\x1b[K"


@contextmanager
def step(name: str) -> Iterator[None]:
    """Shows what is done meanwhile, and then the time it took, in one line.

    On a terminal the line moves; elsewhere it begins at once and is ended with the time.
    """
    started, over = time.monotonic(), threading.Event()
    moves = sys.stdout.isatty()
    mover = threading.Thread(target=_move, args=(name, started, over), daemon=True)
    how = "✗"
    try:
        if moves:
            mover.start()
        else:
            show(f"marketmesh: {name} … ")
        yield
        how = "✓"
    finally:
        over.set()
        took = f"{time.monotonic() - started:.1f} s"
        if moves:
            mover.join()
            show(f"{CLEAR}{how} {name:<44} {took:>7}\n")
        else:
            show(took + ("\n" if how == "✓" else ", failed\n"))


def box(lines: Sequence[str]) -> str:
    """Returns the lines with a frame around them."""
    width = max(map(len, lines))
    edge = "─" * (width + 2)
    return "\n".join([f"╭{edge}╮", *(f"│ {line:<{width}} │" for line in lines), f"╰{edge}╯"])


def _move(name: str, started: float, over: threading.Event) -> None:
    for turn in range(sys.maxsize):
        took_s = time.monotonic() - started
        show(f"{CLEAR}{SIGNS[turn % len(SIGNS)]} {name:<44} {took_s:5.0f} s")
        if over.wait(MOVES_EVERY_S):
            return


def show(text: str) -> None:
    """Prints it where that is possible: a full disk or a reader that is gone stops no step."""
    try:
        write(text)
    except BrokenPipeError:
        write_nowhere()
    except (OSError, ValueError):
        return
