"""Which state an order may go to from which; every action asks here."""

from collections.abc import Mapping

from order_service.orders.errors import TransitionRefused
from order_service.orders.models import Order

State = Order.State

ALLOWED: Mapping[str, frozenset[str]] = {
    State.PENDING: frozenset({State.CONFIRMED, State.CANCELLED}),
    State.CONFIRMED: frozenset(),
    State.CANCELLED: frozenset(),
}


def check_move(order: Order, to: State) -> None:
    """Raises TransitionRefused."""
    if to not in ALLOWED[order.state]:
        raise TransitionRefused(f"an order can't go from {order.state} to {to}")
