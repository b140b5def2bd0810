"""What is done to orders, a module a verb."""

from order_service.orders.actions.cancel import cancel_order, end_cancelling
from order_service.orders.actions.charge import confirm_order, decline_order
from order_service.orders.actions.fulfill import fulfill_order
from order_service.orders.actions.place import Outcome, Placing, place_orders
from order_service.orders.actions.refund import record_refund
from order_service.orders.actions.sweep import enqueue_missing, give_up_unknown

__all__ = [
    "Outcome",
    "Placing",
    "cancel_order",
    "confirm_order",
    "decline_order",
    "end_cancelling",
    "enqueue_missing",
    "fulfill_order",
    "give_up_unknown",
    "place_orders",
    "record_refund",
]
