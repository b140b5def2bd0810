"""Checks before a run: no other run uses its folder, and its ports are free."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from dev.config import PORTS, Config
from dev.errors import CannotRun
from dev.ports import is_taken


@contextmanager
def only_one(var: Path) -> Iterator[None]:
    """Holds the lock on `var`, which ends with the process however it ends.

    Raises CannotRun when another holds it, or `var` can't be written to.
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
        yield


def is_in_use(var: Path) -> bool:
    """Returns whether a mesh runs on `var` now."""
    try:
        with (var / "up.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _take(lock: IO[str], var: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        raise CannotRun(f"{var} is in use by a mesh that runs as pid {lock.read()}") from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()


def check_ports(config: Config) -> None:
    """Raises CannotRun for the first port that is taken, with the variable that moves it."""
    for name, ports in config.taken().items():
        for port in ports:
            if is_taken(port):
                what = PORTS[name][1]
                raise CannotRun(f"port {port} for {what} is taken; set {name} to another")
