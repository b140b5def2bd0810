"""Orders as they are lived through: what was ordered, when, and what became of it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple

from dev.seed.goods import Product
from dev.seed.ids import uuid7

DAYS = 365
# How busy the shop is in each hour of a day, in UTC.
_HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 11, 12, 13, 12, 11, 11, 12, 14, 16, 18, 19, 16, 10, 5)
_BY_HOUR = list(accumulate(_HOURS, initial=0))
_GROWTH = 0.75  # below 1: more orders a day as the year goes on
_LINES = ((1, 2, 3, 4, 5), (46, 28, 15, 8, 3))
_QUANTITIES = ((1, 2, 3, 6), (78, 15, 5, 2))
# How an order goes, and how many of a thousand do.
_WAYS = {
    "fulfilled": 865,
    "declined": 45,
    "called off": 35,
    "returned in part": 25,
    "paid back by staff": 10,
    "without funds": 20,
}
_HANDED_OVER_AFTER = timedelta(hours=20), timedelta(days=4)


class Line(NamedTuple):
    product: int
    quantity: int


class Event(NamedTuple):
    """An order came to a state, with `refunded_minor` paid back by then."""

    at: datetime
    state: str
    cancel_reason: str = ""
    refunded_minor: int = 0


class Order(NamedTuple):
    """One order; the last event is where it stands. `declined` is why its charge failed."""

    id: str
    buyer: int
    lines: Sequence[Line]
    total_minor: int
    events: Sequence[Event]
    declined: str


def orders(
    goods: Sequence[Product], buyers: int, count: int, seed: int, until: datetime
) -> Iterator[Order]:
    """Yields orders as they were placed in the year before `until`."""
    random = Random(f"orders {seed}")
    ways, weights = list(_WAYS), list(accumulate(_WAYS.values()))
    for number in range(count):
        at = _moment((number + random.random()) / count, until)
        lines = _lines(goods, random)
        total_minor = sum(goods[line.product].price_minor * line.quantity for line in lines)
        (way,) = random.choices(ways, cum_weights=weights)
        events = list(_events(way, at, total_minor, random))
        while events[-1].at > until or events[-1].state == "CANCELLING":
            events.pop()  # of what is yet to come; what is given up is paid back at once
        declined = {"declined": "CARD_DECLINED", "without funds": "INSUFFICIENT_FUNDS"}.get(way, "")
        # Some order often, most once or twice.
        buyer = int(buyers * random.random() ** 2)
        yield Order(uuid7(at, random), buyer, lines, total_minor, events, declined)


def _moment(part: float, until: datetime) -> datetime:
    """Returns when a part of all orders was placed: ever more of them, most in the evening."""
    day, part_of_day = divmod(DAYS * part**_GROWTH, 1)
    hour, of_hour = 0, part_of_day * _BY_HOUR[-1]
    while _BY_HOUR[hour + 1] <= of_hour:
        hour += 1
    hours = hour + (of_hour - _BY_HOUR[hour]) / _HOURS[hour]
    at = until - timedelta(days=DAYS - day) + timedelta(hours=hours)
    return min(at, until - timedelta(minutes=1))


def _lines(goods: Sequence[Product], random: Random) -> list[Line]:
    """Returns lines of different products, of which few sell well and most seldom."""
    (most,) = random.choices(*_LINES)
    chosen = dict.fromkeys(int(len(goods) * random.random() ** 3) for _ in range(most))
    return [Line(product, random.choices(*_QUANTITIES)[0]) for product in chosen]


def _events(way: str, at: datetime, total_minor: int, random: Random) -> Iterator[Event]:
    yield Event(at, "PENDING")
    at += timedelta(seconds=random.uniform(0.1, 3))
    if way in ("declined", "without funds"):
        yield Event(at, "CANCELLED", "PAYMENT_DECLINED")
        return
    yield Event(at, "CONFIRMED")
    if way == "called off":
        at += timedelta(minutes=random.uniform(1, 600))
        yield Event(at, "CANCELLING", "REQUESTED")
        yield Event(at + timedelta(seconds=1), "REFUNDED", "REQUESTED", total_minor)
        return
    if way == "paid back by staff":
        yield Event(at + timedelta(hours=12), "REFUNDED", "REFUNDED", total_minor)
        return
    least, most = _HANDED_OVER_AFTER
    at += least + (most - least) * random.random()
    yield Event(at, "FULFILLED")
    if way == "returned in part" and total_minor > 1:
        part_minor = max(1, total_minor * random.randrange(10, 90) // 100)
        at += timedelta(days=random.uniform(1, 9))
        yield Event(at, "FULFILLED", "", part_minor)
