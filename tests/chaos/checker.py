"""The invariants I1 to I7: what a history claims against what a snapshot holds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.chaos.history import Event, History
from tests.chaos.snapshot import Captured, Order, Snapshot

LATE_S = 0.25
EXPECTED_5XX = (503, 504)
PAID = frozenset({"CONFIRMED", "FULFILLED"})
NOTHING = Captured(0, 0, 0)
MAIL_OF_STATE = {
    "CONFIRMED": "order_confirmed",
    "CANCELLED": "order_cancelled",
    "REFUNDED": "order_refunded",
    "FULFILLED": "order_fulfilled",
}


@dataclass
class Finding:
    """One invariant: how much was looked at, and each thing that broke it."""

    checked: int = 0
    violations: list[str] = field(default_factory=list)

    def look(self, holds: bool, otherwise: str) -> None:
        self.checked += 1
        if not holds:
            self.violations.append(otherwise)


def check(
    history: History,
    snapshot: Snapshot,
    *,
    not_at_rest: Iterable[str],
    no_failure: bool,
    late_s: float = LATE_S,
) -> dict[str, Finding]:
    """Every invariant's finding. With `no_failure`, a 503 or a lost answer breaks I4 too.

    `late_s` is by how much an answer may miss its deadline.
    """
    return {
        "I1": _exists(history, snapshot),
        "I2": _captured_once(snapshot),
        "I3": _mailed(snapshot),
        "I4": _no_server_error(history, no_failure=no_failure),
        "I5": _in_time(history, late_s),
        "I6": _at_rest(history, snapshot, not_at_rest),
        "I7": _refunded(snapshot),
    }


def _exists(history: History, snapshot: Snapshot) -> Finding:
    finding = Finding()
    there = {order.id for order in snapshot.orders}
    answered: dict[str, str] = {}
    for event in history.of("order"):
        first = answered.setdefault(event.key, event.resource)
        finding.look(event.resource in there, f"order {event.resource} was answered, is gone")
        finding.look(event.resource == first, f"key {event.key}: {first} and {event.resource}")
    for event in history.of("register"):
        finding.look(event.resource in snapshot.users, f"user {event.resource} is gone")
    asked = len({event.key for event in history.events if event.operation == "order"})
    finding.look(len(there) <= asked, f"{asked} orders were asked for, there are {len(there)}")
    return finding


def _captured_once(snapshot: Snapshot) -> Finding:
    finding = Finding()
    for order in snapshot.orders:
        count, net, _ = snapshot.captures.get(order.id, NOTHING)
        finding.look(count <= 1, f"order {order.id} was charged {count} times")
        if order.state in PAID:
            finding.look(count == 1, f"order {order.id} is {order.state}, charged {count} times")
        else:
            finding.look(net == 0, f"order {order.id} is {order.state}, {net} are kept")
    finding.violations += snapshot.complaints
    return finding


def _mailed(snapshot: Snapshot) -> Finding:
    """Every order at rest has its mail; each mail arrived; nothing arrived that is not one."""
    finding = Finding()
    mails = {mail.dedup_key: mail for mail in snapshot.mails}
    for order in snapshot.orders:
        for key in _mails_due(order):
            finding.look(key in mails, f"order {order.id} is {order.state} without mail {key}")
    received = {number for numbers in snapshot.received.values() for number in numbers}
    known = {mail.id for mail in snapshot.mails}
    for mail in snapshot.mails:
        arrived = any(number.startswith(f"{mail.id}@") for number in received)
        finding.look(arrived, f"mail {mail.dedup_key} ({mail.state}) never arrived")
    for number in received:
        finding.look(number.partition("@")[0] in known, f"mail {number} is nobody's")
    return finding


def _mails_due(order: Order) -> Iterator[str]:
    """Yields the keys of an order's mails: of its state, and of the last refund in that state."""
    if order.state in MAIL_OF_STATE:
        yield f"{MAIL_OF_STATE[order.state]}:{order.id}"
    if order.state in PAID and order.refunded_minor:
        yield f"refund_issued:{order.id}:{order.refunded_minor}"


def _refunded(snapshot: Snapshot) -> Finding:
    """Money and orders agree."""
    finding = Finding()
    for order in snapshot.orders:
        told = f"order {order.id} is {order.state}, {order.refunded_minor} refunded"
        paid_back = snapshot.captures.get(order.id, NOTHING).refunded_minor
        finding.look(order.refunded_minor == paid_back, f"{told}, {paid_back} paid back")
        if order.state != "FULFILLED":
            whole = 0 < order.total_minor == order.refunded_minor
            finding.look((order.state == "REFUNDED") == whole, f"{told} of {order.total_minor}")
    return finding


def _no_server_error(history: History, *, no_failure: bool) -> Finding:
    finding = Finding()
    for event in history.ended():
        away = not event.status or (event.status in EXPECTED_5XX and event.retry_after)
        fine = not no_failure if away else event.status < 500
        finding.look(fine, _told(event))
    return finding


def _in_time(history: History, late_s: float) -> Finding:
    finding = Finding()
    for event in history.ended():
        if event.answered:
            finding.look(event.took_s <= event.allowed_s + late_s, _told(event))
    return finding


def _at_rest(history: History, snapshot: Snapshot, not_at_rest: Iterable[str]) -> Finding:
    finding = Finding(checked=len(snapshot.orders))
    finding.violations += not_at_rest
    finding.look(snapshot.stock_gap == 0, f"the stock is off by {snapshot.stock_gap}")
    for key in history.unsettled():
        finding.violations.append(f"operation {key} never got an answer that tells")
    return finding


def _told(event: Event) -> str:
    return (
        f"{event.operation} {event.key}: {event.status or 'no answer'} {event.code}"
        f" after {event.took_s:.2f} s of {event.allowed_s:g} s"
    )


def users_of(history: History) -> Iterator[str]:
    return (event.resource for event in history.of("register"))
