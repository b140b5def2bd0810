"""The log of what happened to orders, which those who watch one read."""

from mesh.db.sql import execute
from mesh.telemetry.metrics import count_on_commit
from order_service.orders.metrics import ORDERS
from order_service.orders.models import Order

# Notified with the order's id when an event was committed.
CHANNEL = "order_events"

_APPEND = """
    WITH event AS (
        INSERT INTO orders_orderevent
            (order_id, seq, state, cancel_reason, refunded_minor, create_time)
        SELECT id, version, state, cancel_reason, refunded_minor, update_time
        FROM orders_order WHERE id = %s
        RETURNING order_id
    )
    SELECT pg_notify(%s, order_id::text) FROM event
"""


def append(order: Order) -> None:
    """Logs the state that an order has just come to, as part of the current transaction."""
    _append(order)
    count_on_commit(ORDERS, state=order.state)


def append_refund(order: Order) -> None:
    """Logs what has just been paid back of an order that stays in its state; likewise."""
    _append(order)


def _append(order: Order) -> None:
    execute(_APPEND, [order.id, CHANNEL])
