"""How long a server that is leaving waits for its callers to hear of it."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from mesh.contract.model import market_contract
from mesh.rpc.interceptors.drain import DrainInterceptor


class Clock:
    """Time that passes only where somebody sleeps; `calls` says when RPCs begin."""

    def __init__(self, *calls: float) -> None:
        self.now = 100.0
        self._calls = list(calls)
        self.call: Callable[[], object] = lambda: None

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        until = self.now + seconds
        while self._calls and 100.0 + self._calls[0] <= until:
            self.now = 100.0 + self._calls.pop(0)
            self.call()
        self.now = until


@pytest.mark.parametrize(
    ("calls", "waited_s"),
    [
        ((), 0.5),
        ((0.2, 0.4), 0.9),
        ((0.2, 0.9), 0.7),
        ([0.1 * number for number in range(100)], 2.0),
    ],
)
def test_it_ends_when_nobody_has_called_for_a_while_or_the_time_is_up(
    monkeypatch: pytest.MonkeyPatch, calls: tuple[float, ...], waited_s: float
) -> None:
    clock, drain_interceptor = Clock(*calls), DrainInterceptor()
    monkeypatch.setattr(time, "monotonic", clock.monotonic)
    monkeypatch.setattr(time, "sleep", clock.sleep)
    handle: Any = drain_interceptor(next(iter(market_contract())), lambda *_: None)
    clock.call = lambda: handle("request", "context")

    drain_interceptor.wait_until_quiet(0.5, 2.0)
    assert clock.now - 100.0 == pytest.approx(waited_s)
