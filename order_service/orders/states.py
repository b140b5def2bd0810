"""The transitions between the states of an order, checked here and by the database.

The trigger `orders_order_moves` holds a copy of ALLOWED; a test compares the two.
"""

from collections.abc import Mapping

from order_service.orders.errors import TransitionRefused
from order_service.orders.models import Order
from order_service.orders.step_kinds import CHARGE_ORDER, VOID_ORDER

State = Order.State

ALLOWED: Mapping[str, frozenset[str]] = {
    State.PENDING: frozenset({State.CONFIRMED, State.CANCELLING, State.CANCELLED}),
    State.CONFIRMED: frozenset({State.CANCELLING, State.FULFILLED, State.REFUNDED}),
    State.CANCELLING: frozenset({State.CANCELLED, State.REFUNDED}),
    State.CANCELLED: frozenset(),
    State.REFUNDED: frozenset(),
    State.FULFILLED: frozenset(),
}
# No order stays in these: the outbox step of that kind takes it out.
STEP_FOR_STATE: Mapping[str, str] = {State.PENDING: CHARGE_ORDER, State.CANCELLING: VOID_ORDER}
# Those in which the goods are the shop's again.
RESTOCKED_STATES = frozenset({State.CANCELLED, State.REFUNDED})


def is_final(state: str) -> bool:
    return not ALLOWED[state]


def may_transition(order: Order, to: State) -> bool:
    return to in ALLOWED[order.state]


def check_transition(order: Order, to: State) -> None:
    """Raises TransitionRefused."""
    if not may_transition(order, to):
        raise TransitionRefused(f"an order can't go from {order.state} to {to}")
