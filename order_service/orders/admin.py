from django.contrib.admin import display, register
from django.utils.safestring import SafeString

from mesh.admin.actions import Answers, RowAction
from mesh.admin.model_admin import Page, table
from mesh.contract.money import Amount
from order_service.orders import actions
from order_service.orders.models import Order
from order_service.orders.states import may_transition


def _cancel(order: Order, _: Answers) -> None:
    actions.cancel_order(order_id=order.id, owner=None, reason=Order.CancelReason.REQUESTED)


def _fulfill(order: Order, _: Answers) -> None:
    actions.fulfill_order(order_id=order.id)


def _can_be_cancelled(order: Order) -> bool:
    return may_transition(order, Order.State.CANCELLING)


def _can_be_fulfilled(order: Order) -> bool:
    return may_transition(order, Order.State.FULFILLED)


@register(Order)
class OrderPage(Page):
    scope = "orders.read"
    list_display = ("id", "user_id", "state", "total", "refunded", "create_time", "update_time")
    list_filter = ("state",)
    fields = (
        *("id", "user_id", "state", "cancel_reason", "total", "refunded", "payment_id"),
        *("lines", "history", "version"),
    )
    readonly_fields = ("total", "refunded", "lines", "history")
    find_by = ("id", "user_id", "payment_id")
    search_help_text = "The id of an order, a user or a payment."
    row_actions = {
        "cancel": RowAction("Cancel", _cancel, "orders.write", fits=_can_be_cancelled),
        "fulfill": RowAction(
            "Mark as handed over", _fulfill, "orders.write", fits=_can_be_fulfilled
        ),
    }

    @display(description="total")
    def total(self, order: Order) -> str:
        return str(Amount(order.total_minor, order.currency))

    @display(description="refunded")
    def refunded(self, order: Order) -> str:
        return str(Amount(order.refunded_minor, order.currency)) if order.refunded_minor else ""

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
        rows = (
            (
                event.seq,
                event.state,
                event.cancel_reason,
                Amount(event.refunded_minor, order.currency),
                event.create_time,
            )
            for event in order.events.all()
        )
        return table(("version", "state", "reason", "refunded", "when"), rows)
