"""The one way in which an order comes to another state."""

from django.db.models.functions import Now

from order_service.catalog.actions import return_stock
from order_service.orders import emails, events
from order_service.orders.models import Order
from order_service.orders.states import GOODS_BACK, check_move


def move(order: Order, to: Order.State) -> None:
    """Take a locked order to a state, with all that belongs to it, in the current transaction.

    That is the event, the mail, and where the goods are the shop's again, their stock. No
    order comes to a state twice, so each of these happens once. Raises TransitionRefused.
    """
    check_move(order, to)
    order.state = to
    order.payment_method = ""
    order.version += 1
    order.update_time = Now()
    order.save()
    events.append(order)
    emails.queue(order)
    if to in GOODS_BACK:
        return_stock(quantities={item.product_id: item.quantity for item in order.items.all()})
