"""The one way in which an order comes to another state, or is refunded and stays in its own."""

from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models.functions import Now
from django.utils.timezone import now

from mesh.contract.money import Amount
from order_service.catalog.actions import return_stock
from order_service.orders import emails, events
from order_service.orders.metrics import PENDING_S
from order_service.orders.models import Order
from order_service.orders.states import RESTOCKED_STATES, check_transition


def transition(order: Order, to: Order.State) -> None:
    """Takes a locked order to a state, with all that belongs to it, in the current transaction.

    That is the event, the mail, and where the goods are the shop's again, their stock. No
    order comes to a state twice, so each of these happens once. Raises TransitionRefused.
    """
    check_transition(order, to)
    if order.state == Order.State.PENDING:
        transaction.on_commit(partial(_observe, order.create_time, to))
    order.state = to
    order.payment_method = ""
    if to == Order.State.REFUNDED:
        order.refunded_minor = order.total_minor
    _save_as_next_version(order)
    events.append(order)
    emails.queue(order)
    if to in RESTOCKED_STATES:
        return_stock(quantities={item.product_id: item.quantity for item in order.items.all()})


def _observe(placed: datetime, to: Order.State) -> None:
    """Measures what people wait for; the clocks of database and worker may differ a little."""
    PENDING_S.labels(to).observe(max(0.0, (now() - placed).total_seconds()))


def refund_in_place(order: Order, refunded_minor: int) -> None:
    """Raises the sum that was paid back of a locked order, with the event and the mail of that.

    In the current transaction. The sum only grows, so there is one event and one mail for
    each sum.
    """
    refund = Amount(refunded_minor - order.refunded_minor, order.currency)
    order.refunded_minor = refunded_minor
    _save_as_next_version(order)
    events.append_refund(order)
    emails.queue_refund(order, refund)


def _save_as_next_version(order: Order) -> None:
    order.version += 1
    order.update_time = Now()
    order.save()
