"""Measures the checks of every request: `make bench NAME=checks`.

The best of several rounds is what counts: on a shared machine the others are noise. Exits
with 1 when one is dearer than it may be.
"""

import sys
import time
import timeit
import uuid
from collections.abc import Callable

from market.order.v1 import order_pb2
from mesh.auth.tokens import AccessTokens
from mesh.contract.validation import violations
from mesh.testing.keys import TestKeys

ROUNDS, TIMES = 500, 30  # rounds so short that some are not interrupted
TOKEN_US, ORDER_US = 5.0, 50.0


def repeated_token() -> Callable[[], object]:
    """Returns a check of a token that was verified a moment ago, as nearly every one was."""
    keys = TestKeys()
    tokens = AccessTokens()
    tokens.load(keys.jwks())
    token = keys.token(str(uuid.uuid4()), "orders.read", now=time.time())
    return lambda: tokens.verify(token)


def order_of_five() -> Callable[[], object]:
    """Returns a check of a valid order of five lines against its contract."""
    order = order_pb2.CreateOrderRequest(
        user_id=str(uuid.uuid4()),
        items=[{"sku": f"MUG-{n}", "quantity": n + 1} for n in range(5)],
        payment_method="pm_ok",
        request_id=str(uuid.uuid4()),
    )
    return lambda: violations(order)


def cost_us(check: Callable[[], object]) -> float:
    check()
    return min(timeit.repeat(check, repeat=ROUNDS, number=TIMES)) / TIMES * 1e6


def main() -> int:
    too_dear = 0
    for name, check, most_us in (
        ("a repeated token", repeated_token(), TOKEN_US),
        ("an order of 5 items", order_of_five(), ORDER_US),
    ):
        found_us = cost_us(check)
        too_dear += found_us > most_us
        print(f"{name}: {found_us:.1f} µs, may be {most_us:.0f}")
    return 1 if too_dear else 0


if __name__ == "__main__":
    sys.exit(main())
