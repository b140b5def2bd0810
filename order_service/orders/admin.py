from django.contrib.admin import display, register
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from mesh.admin.actions import Answers, RowAction
from mesh.admin.cells import badge, link, table
from mesh.admin.model_admin import Page
from mesh.admin.tiles import Tile, bounded_count, count_text, first_id_of_today
from mesh.contract.money import Amount
from order_service.orders import actions
from order_service.orders.models import Order
from order_service.orders.states import may_transition

PAYMENT_SERVICE = "payment_service"
WRITE = "orders.write"
MOST_SHOWN = 3  # lines of an order in the list
State = Order.State


def _cancel(order: Order, _: Answers) -> None:
    actions.cancel_order(order_id=order.id, owner=None, reason=Order.CancelReason.REQUESTED)


def _fulfill(order: Order, _: Answers) -> None:
    actions.fulfill_order(order_id=order.id)


def _can_be_cancelled(order: Order) -> bool:
    return may_transition(order, State.CANCELLING)


def _can_be_fulfilled(order: Order) -> bool:
    return may_transition(order, State.FULFILLED)


@register(Order)
class OrderPage(Page):
    scope = "orders.read"
    list_display = ("ref", "customer", "badge", "items", "total", "refunded", "create_time")
    list_filter = ("state",)
    fields = (
        *("whole_id", "customer", "badge", "cancel_reason", "total", "refunded", "payment"),
        *("lines", "history"),
    )
    readonly_fields = (
        *("whole_id", "customer", "badge", "total", "refunded", "payment"),
        *("lines", "history"),
    )
    find_by = ("id", "user_id", "payment_id")
    people = ("user_id",)
    tones = {
        State.PENDING: "busy",
        State.CANCELLING: "busy",
        State.CONFIRMED: "good",
        State.FULFILLED: "good",
        State.REFUNDED: "over",
        State.CANCELLED: "over",
    }
    search_help_text = "The id of an order, a user or a payment: whole, or how it begins."
    row_actions = {
        "fulfill": RowAction(
            "Mark as handed over", "was handed over", _fulfill, WRITE, fits=_can_be_fulfilled
        ),
        "cancel": RowAction("Cancel", "was cancelled", _cancel, WRITE, fits=_can_be_cancelled),
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).prefetch_related("items")

    def tiles(self) -> list[Tile]:
        """Counts along the indexes by state and by id, up to a bound."""
        placed = bounded_count(Order.objects.filter(id__gte=first_id_of_today()))
        found = [Tile("orders today", count_text(placed))]
        for state, tone in ((State.PENDING, "busy"), (State.CANCELLING, "busy")):
            count = bounded_count(Order.objects.filter(state=state))
            label = f"orders {state.label.lower()}"
            found.append(
                Tile(label, count_text(count), f"?state__exact={state}", tone if count else "")
            )
        return found

    @display(description="customer")
    def customer(self, order: Order) -> SafeString | str:
        return self.person(order, "user_id")

    @display(description="payment")
    def payment(self, order: Order) -> SafeString | str:
        return link(order.payment_id, PAYMENT_SERVICE)

    @display(description="items")
    def items(self, order: Order) -> str:
        titles = [f"{item.quantity} x {item.title}" for item in order.items.all()]
        more = len(titles) - MOST_SHOWN
        return ", ".join(titles[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")

    @display(description="total")
    def total(self, order: Order) -> str:
        return str(Amount(order.total_minor, order.currency))

    @display(description="paid back")
    def refunded(self, order: Order) -> str:
        if not order.refunded_minor:
            return ""
        return f"{Amount(order.refunded_minor, order.currency)} paid back"

    @display(description="lines")
    def lines(self, order: Order) -> SafeString | str:
        rows = (
            (
                item.product_id,
                item.title,
                item.quantity,
                Amount(item.unit_price_minor, order.currency),
                Amount(item.quantity * item.unit_price_minor, order.currency),
            )
            for item in order.items.all()
        )
        return table(("sku", "title", "quantity", "unit price", "together"), rows)

    @display(description="history")
    def history(self, order: Order) -> SafeString | str:
        rows = (
            (
                event.create_time,
                badge(event.get_state_display(), self.tones[event.state]),
                event.get_cancel_reason_display(),
                Amount(event.refunded_minor, order.currency) if event.refunded_minor else "",
            )
            for event in order.events.all()
        )
        return table(("when", "state", "reason", "paid back"), rows)
