"""Supervises shell commands until a signal: `python -m deploy.local.tests.toy_mesh VAR`.

One that says it is alive and ignores SIGTERM, one that starts another and leaves it
behind, one that ends by itself.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from deploy.local.console import Console
from deploy.local.control import Control
from deploy.local.supervisor import Supervisor

COMMANDS = {
    "edge": ["sh", "-c", "echo serving; exec sleep 1000"],
    "parent": ["sh", "-c", "trap 'kill $!; exit' TERM; sleep 1000 & echo $! > child; wait"],
    "fleeting": ["sh", "-c", "echo once; exit 3"],
}


async def main(var: Path) -> None:
    with Console(COMMANDS, var) as console:
        supervisor = Supervisor(
            COMMANDS,
            os.environ,
            var,
            stages=[["edge"], ["parent", "fleeting"]],
            control=Control(var),
            console=console,
        )
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, supervisor.end)
        await supervisor.run()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
