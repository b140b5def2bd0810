"""Kills that must hit between two lines; see mesh/core/failpoints.py."""

from collections.abc import Callable
from functools import partial

from tests.chaos.fault import Fault, Run

TIMES = 2


def kill_at(run: Run, *, point: str) -> None:
    """Kills the process that reaches the failpoint, twice."""
    for _ in range(TIMES):
        run.environment.arm(point, "kill")
        run.environment.fired(point)
    run.environment.wait_until_ready()


def _at(name: str, point: str, *, short: bool = False) -> Fault:
    inject: Callable[[Run], None] = partial(kill_at, point=point)
    return Fault(name, inject, short=short)


FAULTS = (
    _at("payment dies before its commit", "payment.answered"),
    _at("payment dies before its reply", "payment.settled", short=True),
    _at("order dies before it places", "order.place.decided"),
    _at("order dies before its commit", "order.charge.answered", short=True),
    _at("order dies before its void's commit", "order.void.answered"),
    _at("payment dies before its refund's commit", "payment.refund.answered"),
    _at("worker dies once it has told of a refund", "payment.refund.reported", short=True),
    _at("service dies before its reply", "request.committed"),
    _at("worker dies after the mail", "mail.sent"),
    _at("relay dies before it queues", "relay.claimed"),
)
