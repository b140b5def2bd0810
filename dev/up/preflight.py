"""Checks before a run: no other run uses its folder, and its ports are free."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EPERM
from pathlib import Path
from typing import IO

from dev.config import OFFSET, PORTS, Config
from dev.errors import CannotRun
from dev.ports import is_taken
from dev.supervisor.guard import ENDS_WITHIN_S as GUARD_ENDS_WITHIN_S
from dev.supervisor.launch import held

ENDS_WITHIN_S = GUARD_ENDS_WITHIN_S + 5.0
LOOKS_EVERY_S = 0.1


@contextmanager
def only_one(var: Path) -> Iterator[None]:
    """Holds the lock on `var`, together with all programs that are launched meanwhile.

    So one who takes it knows that of an earlier run, however it ended, nothing is left: that
    is waited for. Raises CannotRun when another run holds it, or `var` can't be written to.
    """
    try:
        var.mkdir(parents=True, exist_ok=True)
        lock = (var / "up.lock").open("a+")
    except OSError as error:
        raise CannotRun(f"can't write to {error.filename}: {error.strerror}") from error
    if not os.access(var, os.W_OK):
        raise CannotRun(f"can't write to {var}: Permission denied")
    with lock:
        _take(lock, var)
        held.add(lock.fileno())
        try:
            yield
        finally:
            held.remove(lock.fileno())


def is_in_use(var: Path) -> bool:
    """Returns whether a mesh runs on `var` now."""
    try:
        with (var / "up.lock").open() as lock:
            return not _locked(lock)
    except OSError:
        return False


def _take(lock: IO[str], var: Path) -> None:
    deadline = time.monotonic() + ENDS_WITHIN_S
    while not _locked(lock):
        lock.seek(0)
        if (pid := lock.read()) and _lives(int(pid)):
            raise CannotRun(f"{var} is in use by a mesh that runs as pid {pid}")
        if time.monotonic() > deadline:
            raise CannotRun(f"processes that an earlier run on {var} left do not end")
        time.sleep(LOOKS_EVERY_S)
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError as error:
        return error.errno == EPERM  # somebody else's
    return True


def check_ports(config: Config) -> None:
    """Raises CannotRun for the first port that is taken, with the variable that moves it."""
    for name, ports in config.taken().items():
        for port in ports:
            if is_taken(port):
                what = PORTS[name][1]
                raise CannotRun(
                    f"port {port} for {what} is taken; set {name} to another,"
                    f" or move all: `make up {OFFSET}=100`"
                )
