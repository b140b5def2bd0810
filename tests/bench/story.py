"""Measures how long an order takes on an idle mesh: `make bench NAME="story [orders]"`.

Against a running `make up`. For each order, one at a time: from sending the request to its
answer, to CONFIRMED as polled, and to its mail lying in the mailbox; milliseconds.
"""

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.support.mesh_under_test import Addresses, Market, Person
from tests.support.waiting import eventually

SKU = "MUG-BLUE"


def timed(market: Market, person: Person, mails_before: int) -> tuple[float, float, float]:
    started = time.perf_counter()
    order = market.place_order(person, SKU).json()
    answered = time.perf_counter()
    market.order_at_rest(person, order["id"])
    confirmed = time.perf_counter()
    eventually(lambda: len(market.mails_to(person.email)) > mails_before, 10, 0.005)
    arrived = time.perf_counter()
    return tuple((moment - started) * 1000 for moment in (answered, confirmed, arrived))  # type: ignore[return-value]


def main(orders: int) -> None:
    with Market(Addresses.from_environment()) as market:
        ada = market.register()
        market.mail_about(ada.email, "welcome")
        rows = [timed(market, ada, number + 1) for number in range(orders)]
    shown: list[tuple[str, Callable[[Any], float]]] = [
        ("median", statistics.median),
        ("max", max),
    ]
    for place, name in enumerate(("answered", "confirmed", "mail in the mailbox")):
        column = [row[place] for row in rows]
        figures = "  ".join(f"{label} {of(column):6.1f} ms" for label, of in shown)
        print(f"placed → {name:<20} {figures}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
