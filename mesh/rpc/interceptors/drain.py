"""Notes when RPCs begin, so that a draining server knows whether it is still called."""

import time
from typing import Any

import grpc

from mesh.contract.model import Method
from mesh.rpc.interceptors.chain import Handler


class DrainInterceptor:
    def __init__(self) -> None:
        self._last = float("-inf")

    def __call__(self, method: Method, call_next: Handler) -> Handler:
        def handle(request: Any, context: grpc.ServicerContext) -> Any:
            self._last = time.monotonic()
            return call_next(request, context)

        return handle

    def wait_until_quiet(self, quiet_s: float, most_s: float) -> None:
        """Waits until no RPC has begun for `quiet_s` from now on, or `most_s` have passed."""
        started = now = time.monotonic()
        while now < (until := min(max(started, self._last) + quiet_s, started + most_s)):
            time.sleep(until - now)
            now = time.monotonic()
