"""Cuts between the order and the payment service, and a payment provider that is slow."""

import time

from tests.chaos.fault import Fault, Run
from tests.chaos.proxy import Way

SLOW_MS = 6000  # the charge's deadline is 5 s


def cut_both_ways(run: Run) -> None:
    _cut(run, run.environment.payment.there, run.environment.payment.back)


def cut_requests(run: Run) -> None:
    _cut(run, run.environment.payment.there)


def cut_answers(run: Run) -> None:
    """Cuts the answers only: charges arrive and are made, and nobody hears of it."""
    _cut(run, run.environment.payment.back)


def _cut(run: Run, *ways: Way) -> None:
    try:
        for way in ways:
            way.cut = True
        time.sleep(run.seconds)
    finally:
        run.environment.payment.heal()
    run.environment.wait_until_ready()


def slow_payment(run: Run) -> None:
    slow = {"SANDBOX_DELAY_MS": str(SLOW_MS)}
    with run.environment.instead_of("payment", "payment_service", "serve", **slow):
        time.sleep(run.seconds)
    run.environment.wait_until_ready()


FAULTS = (
    Fault("order-payment cut", cut_both_ways, seconds=30),
    Fault("order-payment cut, requests only", cut_requests, seconds=30),
    Fault("order-payment cut, answers only", cut_answers, seconds=30),
    Fault("payment slower than its deadline", slow_payment, seconds=15),
)
