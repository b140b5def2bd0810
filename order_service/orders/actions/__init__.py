"""What is done to orders, a module a verb."""

from order_service.orders.actions.cancel import cancel_order, end_cancelling
from order_service.orders.actions.charge import confirm_order, decline_order
from order_service.orders.actions.fulfill import fulfill_order
from order_service.orders.actions.place import place_order
from order_service.orders.actions.refund import record_refund
from order_service.orders.actions.sweep import enqueue_missing, give_up_unknown

__all__ = [
    "cancel_order",
    "confirm_order",
    "decline_order",
    "end_cancelling",
    "enqueue_missing",
    "fulfill_order",
    "give_up_unknown",
    "place_order",
    "record_refund",
]
