"""Several serving processes of one program, which is loaded once and then forked.

So they share the memory of all that none of them changes, and begin at once. Neither gRPC nor a
thread or a connection survives a fork: these are begun after it.
"""

import gc
import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module
from typing import Generic, TypeVar

T = TypeVar("T")
# What gRPC, and the lookup of a name, load when they are first used.
USED_BY_EACH = ("grpc._channel", "grpc._interceptor", "grpc._server", "encodings.idna")
RAN_WELL_S = 10.0
_ENDS_US = (signal.SIGTERM, signal.SIGINT)


def forked(shares: Iterable[T]) -> T:
    """Returns in a new process for each of `shares`, with its share.

    The parent returns nowhere. It replaces a process that ends, unless that ran for less than
    RAN_WELL_S: then, and at SIGTERM or SIGINT, it ends all of them, and exits with the exit code of
    the first that ended.
    """
    for module in USED_BY_EACH:
        import_module(module)
    gc.freeze()  # a collection would write to what is shared
    parent: _Parent[T] = _Parent()
    while True:
        for share in shares:
            if parent.forks(share):
                return share
        shares = [parent.ended()]


class _Parent(Generic[T]):
    def __init__(self) -> None:
        self._children: dict[int, tuple[T, float]] = {}
        self._ending = False

    def forks(self, share: T) -> bool:
        """Returns whether this is the new process."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS_US)  # or one might miss the other's
        pid = os.fork()
        if pid:
            self._children[pid] = share, time.monotonic()
        for number in _ENDS_US:
            signal.signal(number, self._end if pid else signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDS_US)
        return not pid

    def ended(self) -> T:
        """Returns the share of one that ended and is to be replaced, else exits."""
        pid, status = os.wait()
        while pid not in self._children:  # an orphan, where this is a container's first process
            pid, status = os.wait()
        share, began = self._children.pop(pid)
        if not self._ending and time.monotonic() - began > RAN_WELL_S:
            return share
        self._end()
        while self._children:
            self._children.pop(os.wait()[0], None)
        code = os.waitstatus_to_exitcode(status)
        sys.exit(code if code >= 0 else 128 - code)  # by a signal: as a shell has it

    def _end(self, *_: object) -> None:
        self._ending = True
        for pid in self._children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
