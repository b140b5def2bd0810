"""Requests that come all at once, or in the wrong order."""

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from tests.chaos.client import Client
from tests.chaos.environment import SKU
from tests.chaos.fault import Fault, Run
from tests.chaos.load import SETTLES_WITHIN_S

AT_ONCE = 50
HOGS = 2
HOG = "import time; end = time.monotonic() + 120\nwhile time.monotonic() < end: pass"
# Longer than the charge may take, so that its caller has given up and the void was run.
LATE_S = 12.0


def one_key_at_once(run: Run) -> None:
    """Places one order fifty times at once under one key, and kills the edge meanwhile."""
    key = f"one-{run.random.getrandbits(64)}"
    buyer = run.load.clients[0]
    asking = [
        threading.Thread(target=ask_same, args=(buyer, key, run.random.random()))
        for _ in range(AT_ONCE)
    ]
    for thread in asking:
        thread.start()
    time.sleep(run.random.uniform(0.0, 0.3))
    run.environment.kill("edge")
    for thread in asking:
        thread.join()


def one_key_while_others_compute(run: Run) -> None:
    """Places one order fifty times at once on a busy machine: no answer may be late."""
    with ExitStack() as hogs:
        for _ in range(HOGS):
            hogs.enter_context(computing())
        one_key_at_once(run)


@contextmanager
def computing() -> Iterator[None]:
    """Keeps a processor busy by a process that ends by itself in any case."""
    hog = subprocess.Popen([sys.executable, "-c", HOG])
    try:
        yield
    finally:
        hog.kill()
        hog.wait()


def ask_same(buyer: Client, key: str, seed: float) -> None:
    """The key and the body are what all have in common, and whose order it is."""
    with closing(Client(buyer.edge, buyer.history, random.Random(seed))) as client:  # noqa: S311  # repeatable, no secret
        client.username, client.id, client.token = buyer.username, buyer.id, buyer.token
        client.give_up_at = time.monotonic() + SETTLES_WITHIN_S
        client.order(SKU, 1, "pm_ok", key=key)


def charge_after_void(run: Run) -> None:
    """Holds a charge up on its way until the order's cancelling has voided it."""
    buyer = run.load.clients[0]
    run.environment.arm("payment.capture.received", f"sleep {LATE_S}")
    order = buyer.order(SKU, 1, "pm_ok")
    assert order is not None
    run.environment.fired("payment.capture.received")
    buyer.ask("cancel", "POST", "/api/orders/{order_id}/cancel", {}, order_id=order["id"])
    time.sleep(LATE_S)


FAULTS = (
    Fault("one key 50 times, kill -9 edge", one_key_at_once, short=True),
    Fault("one key 50 times, kill -9 edge, two CPU hogs", one_key_while_others_compute),
    Fault("charge after its void", charge_after_void, short=True, quiet=True),
)
