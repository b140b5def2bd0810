"""Waits for what happens elsewhere, as long as a busy machine may need for it."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(look: Callable[[], T | None], within_s: float = 60.0, every_s: float = 0.02) -> T:
    """Returns what `look` finds, once it is neither None nor False.

    Raises AssertionError when time is up.
    """
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if (found := look()) is not None and found is not False:
            return found
        time.sleep(every_s)
    raise AssertionError(f"not within {within_s} s")
