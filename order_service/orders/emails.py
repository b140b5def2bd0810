"""The mails about an order; each is sent once an order."""

from mesh.mail.actions import queue_mail
from mesh.money import Amount
from order_service.orders.models import Order


def order_confirmed(order: Order) -> None:
    _queue("order_confirmed", order)


def order_cancelled(order: Order) -> None:
    _queue("order_cancelled", order)


def _queue(template: str, order: Order) -> None:
    """As part of the current transaction."""
    queue_mail(
        template,
        user_id=order.user_id,
        context={
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
        },
        dedup_key=f"{template}:{order.id}",
    )
