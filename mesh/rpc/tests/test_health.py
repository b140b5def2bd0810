"""Watching a server's health, while somebody else who watches reads nothing."""

import threading
from collections.abc import Callable
from typing import Any

from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from mesh.rpc.health import HealthServicer
from tests.support.waiting import eventually

SERVING = HealthCheckResponse(status=HealthCheckResponse.SERVING)
WITHIN_S = 20


class Watching:
    """The context of a call that watches; `leave` is what gRPC does when its client is gone."""

    def __init__(self) -> None:
        self._callbacks: list[Callable[[], None]] = []

    def add_callback(self, callback: Callable[[], None]) -> bool:
        self._callbacks.append(callback)
        return True

    def leave(self) -> None:
        for callback in self._callbacks:
            callback()


def in_time(act: Callable[..., object], *arguments: object) -> bool:
    """Returns whether it ends in time, on a thread that is not waited for otherwise."""
    thread = threading.Thread(target=act, args=arguments, daemon=True)
    thread.start()
    thread.join(WITHIN_S)
    return not thread.is_alive()


def test_a_client_that_leaves_waits_for_none_that_is_sent_to() -> None:
    servicer, context, read = HealthServicer(), Watching(), threading.Event()
    sent: list[Any] = []
    asked = HealthCheckRequest()
    assert in_time(servicer.Watch, asked, context, sent.append)
    assert in_time(servicer.Watch, asked, Watching(), lambda _: read.wait(2 * WITHIN_S))
    assert in_time(context.leave)
    assert in_time(servicer.enter_graceful_shutdown)
    read.set()
    assert eventually(lambda: sent if len(sent) == 2 else None, WITHIN_S) == [SERVING, None]
