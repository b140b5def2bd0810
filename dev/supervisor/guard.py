"""Ends programs whose launcher has died, however it died: a program of its own, on every Unix.

It reads `<pid> <signal>` lines from a pipe until nobody holds the other end, which the kernel
sees to, also after `kill -9`. Then each of these programs gets its signal, and what is left
of its process group is killed. Linux' PR_SET_PDEATHSIG would do without this
process, but is Linux's, and does not reach what a program has started itself.
"""

import os
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress

ENDS_WITHIN_S = 15.0
LOOKS_EVERY_S = 0.05
FORGETS_EVERY_S = 1.0
PIPE = 0


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end(registered())


def registered() -> dict[int, int]:
    """Returns the signals of the programs that run when the pipe ends, by pid."""
    programs: dict[int, int] = {}
    rest = b""
    while True:
        if select.select([PIPE], [], [], FORGETS_EVERY_S)[0]:
            if not (read := os.read(PIPE, 65_536)):
                return programs
            *lines, rest = (rest + read).split(b"\n")
            programs |= {int(pid): int(by) for pid, by in map(bytes.split, lines)}
        # The number of a program that ended may soon be another's.
        programs = {pid: by for pid, by in programs.items() if lives(pid)}


def end(programs: dict[int, int]) -> None:
    """Signals the programs; kills what an ended one has left at once, the rest in the end."""
    for pid, by in programs.items():
        with suppress(OSError):
            os.kill(pid, by)
    deadline = time.monotonic() + ENDS_WITHIN_S
    while left := list(filter(lives, programs)):
        late = time.monotonic() > deadline
        for pid in left:
            if late or not runs(pid):
                with suppress(OSError):
                    os.killpg(pid, signal.SIGKILL)
        if late:
            return
        time.sleep(LOOKS_EVERY_S)


def runs(pid: int) -> bool:
    return _accepts_signals(os.kill, pid)


def lives(group: int) -> bool:
    """Returns whether anything of a process group is left."""
    return _accepts_signals(os.killpg, group)


def _accepts_signals(send: Callable[[int, int], None], to: int) -> bool:
    try:
        send(to, 0)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
