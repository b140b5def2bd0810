"""One serving process a core: each is started anew, on a port of its own.

Started, not forked: grpc does not survive a fork once it runs. Ports step by ten, and
callers balance over them with `round_robin`.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Container
from types import FrameType


def serve_all(service: str, addresses: list[str]) -> int:
    """Runs `serve` once an address until one of them ends; then ends the others.

    Returns the exit code of the first that ended.
    """
    children = [
        subprocess.Popen([sys.executable, "-m", service, "serve", "--bind", address])
        for address in addresses
    ]

    def stop(_signal: int, _frame: FrameType | None) -> None:
        for child in children:
            child.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    code = _first_exit_code({child.pid for child in children})
    stop(signal.SIGTERM, None)
    for child in children:
        child.wait()
    return code


def _first_exit_code(pids: Container[int]) -> int:
    """Waits for one of `pids`. Others end too: a container's first process gets its orphans."""
    ended, status = os.wait()
    while ended not in pids:
        ended, status = os.wait()
    return os.waitstatus_to_exitcode(status)
