"""Runs a member of the mesh and counts: `python -m tests.costs.counted edge_api serve`.

Whoever connects to the socket that COUNTS_SOCKET names sends a line and gets one of JSON:
`counts` is answered with the calls of each function since it was last asked, `trace FILE` counts
allocations into that file until `stop`, and `quiet` ends what time drives and no request.
"""

import asyncio
import json
import os
import runpy
import socket
import sys
import sysconfig
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from memray import FileDestination, Tracker

from mesh.auth import revocations

ROOT = f"{Path(__file__).resolve().parents[2]}/"
LIBRARY = f"{sysconfig.get_path('stdlib')}/"

TICK_S = 3.0
NEVER_S = 24 * 3600.0

Counts = dict[str, int]


class Counter:
    """Counts calls, in each thread apart: threads that count into one place lose some."""

    def __init__(self) -> None:
        self._threads: list[dict[Any, int]] = []
        self._told: dict[Any, int] = {}

    def follow(self) -> None:
        """Counts in this thread and all that are started from now on."""
        threading.setprofile(self._begin)
        sys.setprofile(self._begin)

    def counts(self) -> Counts:
        """Returns the calls since the last time, of Python's functions by file and name."""
        now: dict[Any, int] = {}
        for calls in self._threads:
            for called, times in list(calls.items()):
                now[called] = now.get(called, 0) + times
        new = {called: times - self._told.get(called, 0) for called, times in now.items()}
        self._told = now
        summed: Counts = {}
        for called, times in new.items():
            if times:
                name = called if isinstance(called, str) else _name(called)
                summed[name] = summed.get(name, 0) + times
        return summed

    def _begin(self, frame: FrameType, event: str, called: Any) -> None:
        calls: dict[Any, int] = {}
        self._threads.append(calls)
        sys.setprofile(_counting(calls))


def _counting(calls: dict[Any, int]) -> Callable[[FrameType, str, Any], None]:
    def count(frame: FrameType, event: str, called: Any) -> None:
        if event == "call":
            key: Any = frame.f_code
        elif event == "c_call":
            key = called.__qualname__
        else:
            return
        calls[key] = calls.get(key, 0) + 1

    return count


def _name(code: Any) -> str:
    file = code.co_filename.removeprefix(ROOT).rpartition("site-packages/")[2]
    return f"{file.removeprefix(LIBRARY)}:{code.co_qualname}"


def answer(listening: socket.socket, counter: Counter) -> None:
    tracing = ExitStack()
    with listening.accept()[0] as connection, connection.makefile("rw") as lines:
        for line in lines:
            command, _, file = line.strip().partition(" ")
            found: Counts = {}
            if command == "counts":
                found = counter.counts()
            elif command == "trace":
                to = FileDestination(file, overwrite=True)
                tracing.enter_context(Tracker(destination=to, trace_python_allocators=True))
            elif command == "stop":
                tracing.close()
            else:
                _stop_probing()
                _keep_responses()
            lines.write(json.dumps(found) + "\n")
            lines.flush()


def _stop_probing() -> None:
    """Has the service look at its database no more; its module needs Django set up."""
    server: Any = sys.modules.get("mesh.rpc.server")
    if server:
        assert hasattr(server, "PROBE_S")
        server.PROBE_S = NEVER_S


def _keep_responses() -> None:
    """Has the edge answer by what it kept, however much time a slow machine takes to ask.

    Nor does it ask again ahead of time, which time drives.
    """
    module: Any = sys.modules.get("edge_api.gateway.shared_cache")
    if module:
        find = module.SharedCache.find
        module.SharedCache.find = lambda cache, key, _: find(cache, key, NEVER_S)
        ahead: Any = sys.modules["edge_api.gateway.refresh_ahead"]
        assert hasattr(ahead.RefreshAhead, "_wake")
        ahead.RefreshAhead._wake = lambda *_: None  # as above


async def _tick_seldom(server: uvicorn.Server) -> None:
    while not await server.on_tick(0):  # noqa: ASYNC110  # as uvicorn's own does
        await asyncio.sleep(TICK_S)


def main(member: str) -> None:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(os.environ["COUNTS_SOCKET"])
    listening.listen()
    counter = Counter()
    revocations.POLL_S = NEVER_S
    uvicorn.Server.main_loop = _tick_seldom  # type: ignore[method-assign, assignment]  # ten ticks a second
    # Started before anything is counted, so its own calls are not.
    threading.Thread(target=answer, args=(listening, counter), daemon=True).start()
    sys.argv = sys.argv[1:]
    counter.follow()
    runpy.run_module(member, run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1])
