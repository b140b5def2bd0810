from django.contrib.admin import display, register
from django.utils.safestring import SafeString

from mesh.admin.deeds import Answers, Deed
from mesh.admin.pages import Page
from mesh.admin.tables import table
from mesh.money import Amount
from order_service.orders import actions
from order_service.orders.models import Order


def _cancel(order: Order, _: Answers) -> None:
    actions.cancel_order(order_id=order.id, owner=None, reason=Order.CancelReason.REQUESTED)


def _fulfill(order: Order, _: Answers) -> None:
    actions.fulfill_order(order_id=order.id)


@register(Order)
class OrderPage(Page):
    scope = "orders.read"
    list_display = ("id", "user_id", "state", "total", "create_time", "update_time")
    list_filter = ("state",)
    fields = (
        *("id", "user_id", "state", "cancel_reason", "total", "payment_id"),
        *("lines", "history", "version"),
    )
    readonly_fields = ("total", "lines", "history")
    find_by = ("id", "user_id", "payment_id")
    search_help_text = "The id of an order, a user or a payment."
    deeds = {
        "cancel": Deed("Cancel", _cancel, "orders.write"),
        "fulfill": Deed("Mark as handed over", _fulfill, "orders.write"),
    }

    @display(description="total")
    def total(self, order: Order) -> str:
        return str(Amount(order.total_minor, order.currency))

    @display(description="lines")
    def lines(self, order: Order) -> SafeString:
        rows = (
            (
                item.product_id,
                item.title,
                item.quantity,
                Amount(item.unit_price_minor, order.currency),
            )
            for item in order.items.all()
        )
        return table(("sku", "title", "quantity", "unit price"), rows)

    @display(description="history")
    def history(self, order: Order) -> SafeString:
        rows = ((e.seq, e.state, e.cancel_reason, e.create_time) for e in order.events.all())
        return table(("version", "state", "reason", "when"), rows)
