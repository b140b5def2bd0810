"""A clock that is two hours wrong on one service, its server and its worker."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from dev.config import DATABASES
from tests.chaos.fault import Fault, Run

HOURS_S = 2 * 3600


def skew(run: Run, *, seconds: int) -> None:
    """Shifts the clock of one service, of the seed's choice."""
    name = run.random.choice(DATABASES)
    skewed = ("tests.chaos.skewed", str(seconds), f"{name}_service")
    with ExitStack() as running:
        for process, command in ((name, ["serve"]), (f"{name}-worker", ["worker", "--with-relay"])):
            running.enter_context(run.environment.instead_of(process, *skewed, *command))
        time.sleep(run.seconds)
    run.environment.wait_until_ready()


def _skews(name: str, seconds: int) -> Fault:
    inject: Callable[[Run], None] = partial(skew, seconds=seconds)
    return Fault(name, inject, seconds=12)


FAULTS = (_skews("clock 2 h ahead", HOURS_S), _skews("clock 2 h behind", -HOURS_S))
