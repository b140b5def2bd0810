"""The threads that serve RPCs, which know how long each RPC waited for one of them."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
_this = threading.local()


class RpcThreads(ThreadPoolExecutor):
    """grpc submits an RPC when it arrives."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        return super().submit(_run, time.monotonic(), fn, args, kwargs)


def _run(submitted: float, fn: Callable[..., T], args: Any, kwargs: Any) -> T:
    _this.waited_s = time.monotonic() - submitted
    return fn(*args, **kwargs)


def waited_s() -> float:
    """Returns how long what this thread runs was queued, in seconds; 0 elsewhere."""
    return getattr(_this, "waited_s", 0.0)
