"""A fault, and the run that it is injected into."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos.environment import Environment
from tests.chaos.history import History
from tests.chaos.load import Load


@dataclass(frozen=True)
class Run:
    """One fault's run. `seconds` is how long a fault that lasts is to last."""

    environment: Environment
    load: Load
    history: History
    random: random.Random
    seconds: float


@dataclass(frozen=True)
class Fault:
    """`inject` breaks something, and returns when it is healed.

    `seconds` is how long it lasts, where that can be chosen. `short` puts it into the
    short selection. `no_failure`: clients are to see none. `quiet`: the buyers stand by,
    and `inject` alone acts for them.
    """

    name: str
    inject: Callable[[Run], None]
    seconds: float = 0.0
    short: bool = False
    no_failure: bool = False
    quiet: bool = False
