"""Supervises shell commands until a signal: `python -m dev.tests.toy_mesh VAR`.

One that says it is alive and ignores SIGTERM, one that starts another and leaves it
behind, one that ends by itself, one whose program is not there. Further arguments name
what else: one that can't be kept at all, one that does not end when it is asked.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from dev.errors import CannotRun
from dev.supervisor.console import Console
from dev.supervisor.control import Control
from dev.supervisor.supervisor import Supervisor

COMMANDS = {
    "edge": ["sh", "-c", "echo serving; exec sleep 1000"],
    "parent": ["sh", "-c", "trap 'kill $!; exit' TERM; sleep 1000 & echo $! > child; wait"],
    "fleeting": ["sh", "-c", "echo once; exit 3"],
    "missing": ["./missing"],
}
FURTHER = {
    "broken": ["sh", "-c", "\0"],  # no program can be told that
    "deaf": ["sh", "-c", "trap 'echo asked' TERM; while :; do sleep 0.1; done"],
}


async def main(var: Path, *more: str) -> None:
    commands = COMMANDS | {name: FURTHER[name] for name in more}
    first, *others = commands
    with Console(commands, var) as console:
        supervisor = Supervisor(
            commands,
            os.environ,
            var,
            stages=[[first], others],
            control=Control(var),
            console=console,
        )
        loop = asyncio.get_running_loop()

        def end() -> None:
            supervisor.end()
            loop.add_signal_handler(signal.SIGTERM, supervisor.kill)

        loop.add_signal_handler(signal.SIGTERM, end)
        await supervisor.run()


if __name__ == "__main__":
    try:
        asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:]))
    except CannotRun as error:
        sys.exit(f"marketmesh: {error}")
