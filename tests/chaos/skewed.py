"""Runs a program by a clock that is wrong: `python -m tests.chaos.skewed 7200 <module> …`.

Shifts what Python code reads as the time of day, by so many seconds, in this process
alone; time that is measured (`time.monotonic`) goes on as it should, as it does when a
machine's clock is set wrong. Needs no program that a machine may lack.
"""

import datetime as dt
import runpy
import sys
import time

REAL = dt.datetime


class _AsReal(type):
    """Makes a datetime of other code, such as a database driver, an instance too."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, REAL)


def shift(seconds: float) -> None:
    real_time, real_time_ns = time.time, time.time_ns
    offset = dt.timedelta(seconds=seconds)

    class Skewed(dt.datetime, metaclass=_AsReal):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]  # the real class is what others expect
            return REAL.now(tz) + offset

        @classmethod
        def utcnow(cls) -> dt.datetime:  # type: ignore[override]  # the same
            return REAL.now(dt.UTC).replace(tzinfo=None) + offset

    time.time = lambda: real_time() + seconds
    time.time_ns = lambda: real_time_ns() + int(seconds * 1e9)
    dt.datetime = Skewed  # type: ignore[misc]  # for all that is imported from here on


if __name__ == "__main__":
    shift(float(sys.argv[1]))
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
