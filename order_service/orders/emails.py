"""The mails about an order: which state owes which, each sent once an order."""

from collections.abc import Iterable, Mapping

from mesh.mail.actions import queue_mail
from mesh.mail.models import Mail
from mesh.money import Amount
from order_service.orders.models import Order

TEMPLATES: Mapping[str, str] = {
    Order.State.CONFIRMED: "order_confirmed",
    Order.State.CANCELLED: "order_cancelled",
    Order.State.REFUNDED: "order_refunded",
    Order.State.FULFILLED: "order_fulfilled",
}


def queue(order: Order) -> None:
    """Owe the mail of the order's state, if it has one, as part of the current transaction."""
    if template := TEMPLATES.get(order.state):
        queue_mail(
            template,
            user_id=order.user_id,
            context=_context(order),
            dedup_key=_dedup_key(template, order),
        )


def about(orders: Iterable[Order]) -> list[tuple[Order, Mail]]:
    """The mails that were owed about these orders, each with its order."""
    keys = {_dedup_key(name, order): order for order in orders for name in TEMPLATES.values()}
    mails = Mail.objects.filter(dedup_key__in=keys).order_by("-id")
    return [(keys[mail.dedup_key], mail) for mail in mails]


def _dedup_key(template: str, order: Order) -> str:
    return f"{template}:{order.id}"


def _context(order: Order) -> dict[str, object]:
    return {
        "order_id": str(order.id),
        "lines": [
            {
                "title": item.title,
                "quantity": item.quantity,
                "unit_price": str(Amount(item.unit_price_minor, order.currency)),
            }
            for item in order.items.all()
        ],
        "total": str(Amount(order.total_minor, order.currency)),
        "cancel_reason": order.cancel_reason,
    }
