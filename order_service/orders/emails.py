"""The mails about an order: which state queues which, each sent once an order.

A refund that leaves an order in its state has a mail of its own, sent once for each sum.
"""

from collections.abc import Collection, Mapping
from uuid import UUID

from django.conf import settings

from mesh.contract.money import Amount
from mesh.mail.actions import queue_mail
from mesh.mail.models import Mail
from mesh.mail.recipients import Recipient
from order_service.orders.models import Order, OrderEvent

TEMPLATES: Mapping[str, str] = {
    Order.State.CONFIRMED: "order_confirmed",
    Order.State.CANCELLED: "order_cancelled",
    Order.State.REFUNDED: "order_refunded",
    Order.State.FULFILLED: "order_fulfilled",
}
REFUND_TEMPLATE = "refund_issued"


def queue(order: Order) -> None:
    """Queues the mail of the order's state, if there is one, as part of the current transaction."""
    if template := TEMPLATES.get(order.state):
        queue_mail(
            template,
            user_id=order.user_id,
            context=_context(order),
            dedup_key=_dedup_key(template, order),
        )


def queue_refund(order: Order, refund: Amount) -> None:
    """Queues the mail about a refund that the order's sum includes already, in the transaction."""
    queue_mail(
        REFUND_TEMPLATE,
        user_id=order.user_id,
        context=_context(order) | {"refund": str(refund)},
        dedup_key=_refund_key(order, order.refunded_minor),
    )


def context_of(mail: Mail, _: Recipient) -> Mapping[str, str]:
    """Returns the link to the page of the order that a mail is about, where there are pages."""
    pages = settings.ACCOUNT_PAGES_URL
    return {"link": f"{pages}/orders/{mail.context['order_id']}" if pages else ""}


def about(orders: Collection[Order]) -> list[tuple[Order, Mail]]:
    """Returns the mails that were queued about these orders, each with its order."""
    keys = {_dedup_key(name, order): order for order in orders for name in TEMPLATES.values()}
    keys |= _refund_keys({order.id: order for order in orders if order.refunded_minor})
    mails = Mail.objects.filter(dedup_key__in=keys).order_by("-id")
    return [(keys[mail.dedup_key], mail) for mail in mails]


def _refund_keys(refunded: Mapping[UUID, Order]) -> dict[str, Order]:
    """Returns the keys of each refund that the orders' events tell of."""
    sums = OrderEvent.objects.filter(order_id__in=refunded, refunded_minor__gt=0)
    return {
        _refund_key(refunded[order_id], refunded_minor): refunded[order_id]
        for order_id, refunded_minor in sums.values_list("order_id", "refunded_minor")
    }


def _refund_key(order: Order, refunded_minor: int) -> str:
    return f"{_dedup_key(REFUND_TEMPLATE, order)}:{refunded_minor}"


def _dedup_key(template: str, order: Order) -> str:
    return f"{template}:{order.id}"


def _context(order: Order) -> dict[str, object]:
    return {
        "order_id": str(order.id),
        "order_date": order.create_time.date().isoformat(),
        "lines": [
            {
                "title": item.title,
                "quantity": item.quantity,
                "unit_price": str(Amount(item.unit_price_minor, order.currency)),
                "total": str(Amount(item.quantity * item.unit_price_minor, order.currency)),
            }
            for item in order.items.all()
        ],
        "total": str(Amount(order.total_minor, order.currency)),
        "refunded": str(Amount(order.refunded_minor, order.currency)),
        "cancel_reason": order.cancel_reason,
    }
