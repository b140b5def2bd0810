"""Brings every order to rest: periodic jobs, run once a minute by each relay.

Both skip orders that somebody is at, so that neither waits for another or is waited for.
"""

from django.conf import settings
from django.db import transaction

from order_service.orders import queries
from order_service.orders.actions.cancel import give_up
from order_service.orders.actions.state_step import enqueue_step
from order_service.orders.models import Order

BATCH = 500


@transaction.atomic
def give_up_unknown() -> int:
    """Cancels orders whose charge has had no outcome for too long; returns how many."""
    orders = queries.pending_too_long_for_update(limit_s=settings.ORDER_UNKNOWN_LIMIT_S, size=BATCH)
    for order in orders:
        give_up(order, Order.CancelReason.PAYMENT_UNKNOWN)
    return len(orders)


@transaction.atomic
def enqueue_missing() -> int:
    """Enqueues the step of orders that have none left to bring them to rest; returns how many.

    None should ever be found: a step is recorded with what makes it necessary, and ends
    with what it is for. What an operator deleted is made up for here.
    """
    orders = queries.forsaken_for_update(size=BATCH)
    for order in orders:
        enqueue_step(order)
    return len(orders)
