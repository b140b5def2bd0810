"""`make up`: engines, migrations, seeds, processes, and one line when all is ready."""

import asyncio
import signal
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from dev.config import ROOT, Config
from dev.engines.engines import Engines
from dev.supervisor.console import Console
from dev.supervisor.control import Control
from dev.supervisor.launch import end_with_parent
from dev.supervisor.procfile import filled_in, read_procfile, stop_stages
from dev.supervisor.supervisor import Job, Supervisor
from dev.up.leftovers import end_leftovers
from dev.up.preflight import check_ports, only_one
from dev.up.ready import announce
from dev.up.setup import set_up

ENDS_US = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up(config: Config, ready_file: Path | None) -> None:
    """Runs the mesh until SIGINT, SIGTERM or SIGHUP; nothing of it is left then.

    Raises CannotRun before anything was started, or after all of it was stopped.
    """
    started = time.monotonic()
    end_with_parent(signal.SIGTERM)
    for number in ENDS_US:
        signal.signal(number, signal.default_int_handler)  # what was begun is undone
    with only_one(config.var):
        end_leftovers(config.var)
        Control(config.var).forget()
        check_ports(config)
        with Engines(config) as engines:
            environment = config.environment(engines.urls)
            set_up(environment, config.var)
            commands = filled_in(read_procfile(ROOT / "Procfile"), environment)
            with Console(commands, config.var) as console:
                supervisor = Supervisor(
                    commands,
                    environment,
                    ROOT,
                    stages=stop_stages(list(commands)),
                    control=Control(config.var),
                    console=console,
                )
                ready = partial(
                    announce, config, environment, ready_file, started=started, console=console
                )
                engines_kept = partial(engines.keep, console)
                asyncio.run(
                    _run(supervisor, {"say when ready": ready, "keep engines": engines_kept})
                )


async def _run(supervisor: Supervisor, beside: Mapping[str, Job]) -> None:
    """Runs the supervisor until a signal; the jobs `beside` end with it."""
    loop = asyncio.get_running_loop()
    for number in ENDS_US:
        loop.add_signal_handler(number, supervisor.end)
    await supervisor.run(beside)
