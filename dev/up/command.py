"""`make up`: engines, migrations, seeds, processes, and one line when all is ready."""

import asyncio
import os
import signal
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from dev.config import ROOT, Config
from dev.engines.engines import Engines
from dev.front.server import front
from dev.supervisor.console import Console
from dev.supervisor.control import Control
from dev.supervisor.procfile import filled_in, read_procfile, stop_stages
from dev.supervisor.supervisor import Job, Supervisor
from dev.up.preflight import check_ports, only_one
from dev.up.ready import announce
from dev.up.setup import set_up

LOOKS_EVERY_S = 0.2
ENDS_US = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up(config: Config, ready_file: Path | None) -> None:
    """Runs the mesh until SIGINT, SIGTERM or SIGHUP; nothing of it is left then.

    Raises CannotRun before anything was started, or after all of it was stopped.
    """
    started = time.monotonic()
    parent = os.getppid()
    for number in ENDS_US:
        signal.signal(number, signal.default_int_handler)  # what was begun is undone
    commands, control = read_procfile(ROOT / "Procfile"), Control(config.var)
    with only_one(config.var):
        control.forget()
        check_ports(config)
        with Console(commands, config.var) as console:
            with Engines(config) as engines, front(config) as page:
                environment = {"EDGE_FRONT_PAGE": page} | config.environment(engines.urls)
                set_up(environment, config.var)
                supervisor = Supervisor(
                    filled_in(commands, environment),
                    environment,
                    ROOT,
                    stages=stop_stages(list(commands)),
                    control=control,
                    console=console,
                )
                ready = partial(
                    announce, config, environment, ready_file, started=started, console=console
                )
                beside = {
                    "say when ready": ready,
                    "keep engines": partial(engines.keep, console, supervisor.note),
                    "end with parent": partial(_end_with, parent, supervisor),
                }
                asyncio.run(_run(supervisor, beside, console))
            console.tell("marketmesh: stopped; nothing is left running")


async def _run(supervisor: Supervisor, beside: Mapping[str, Job], console: Console) -> None:
    """Runs the supervisor until a signal, a second one kills; the jobs `beside` end with it."""
    loop = asyncio.get_running_loop()

    def end() -> None:
        console.tell("marketmesh: stopping; a second Ctrl-C kills what is left")
        supervisor.end()
        for number in ENDS_US:
            loop.add_signal_handler(number, supervisor.kill)

    for number in ENDS_US:
        loop.add_signal_handler(number, end)
    await supervisor.run(beside)


async def _end_with(parent: int, supervisor: Supervisor) -> None:
    """Ends the run when the program that started it is gone: a killed `make`, a closed window."""
    while os.getppid() == parent:  # noqa: ASYNC110  # nobody would set it
        await asyncio.sleep(LOOKS_EVERY_S)
    supervisor.end()
