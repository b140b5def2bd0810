from decimal import Decimal
from uuid import uuid4, uuid5

from django import forms
from django.contrib.admin import display, register
from django.db.models import Q
from django.utils.safestring import SafeString

from mesh.admin.actions import Answers, RowAction
from mesh.admin.cells import badge, link, table
from mesh.admin.model_admin import Page
from mesh.admin.tiles import Tile, first_id_of_today
from mesh.contract.money import from_decimal
from payment_service.payments import actions, queries
from payment_service.payments.models import Payment, Refund

MOST_SUMMED = 20_000  # movements of money; of more, the latest
ORDER_SERVICE = "order_service"
REFUND_TONES: dict[str, str] = {
    Refund.State.PENDING: "busy",
    Refund.State.DONE: "good",
    Refund.State.FAILED: "bad",
}


class RefundForm(forms.Form):
    """How much to pay back. Sent twice, it is the same refund, by its `request_id`."""

    amount = forms.DecimalField(
        max_digits=18,
        decimal_places=3,
        min_value=Decimal("0.001"),
        required=False,
        help_text="In the payment's currency. Empty: all that is left.",
    )
    request_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


def _refund(payment: Payment, answers: Answers) -> None:
    """Enqueues the refund: the outbox asks the provider right away."""
    units = answers["amount"]
    amount = None if units is None else from_decimal(units, payment.currency)
    request_id = uuid5(answers["request_id"], str(payment.id))
    actions.enqueue_refund(payment_id=payment.id, amount=amount, request_id=request_id)


def _is_left(payment: Payment) -> bool:
    return payment.captured and payment.refundable_minor > 0


def _what_is_left(payment: Payment) -> Answers:
    return {"amount": payment.refundable.decimal} if _is_left(payment) else {}


@register(Payment)
class PaymentPage(Page):
    scope = "payments.read"
    list_display = ("ref", "order", "customer", "badge", "amount", "left", "create_time")
    list_filter = ("state",)
    fields = (
        *("whole_id", "order", "customer", "badge", "decline_reason", "amount"),
        *("captured_amount", "refundable", "reference", "ledger", "refunds", "create_time"),
    )
    readonly_fields = (
        *("whole_id", "order", "customer", "badge", "amount", "captured_amount"),
        *("refundable", "ledger", "refunds"),
    )
    people = ("user_id",)
    tones = {
        Payment.State.PENDING: "busy",
        Payment.State.AUTHORIZED: "busy",
        Payment.State.CAPTURED: "good",
        Payment.State.PARTIALLY_REFUNDED: "good",
        Payment.State.DECLINED: "bad",
    }
    search_help_text = (
        "The id of a payment, or of an order whose payment was not declined: whole, or how "
        "it begins."
    )
    row_actions = {
        "refund": RowAction(
            *("Pay back", "is being paid back", _refund, "payments.write"),
            *(RefundForm, _is_left, _what_is_left),
        )
    }

    def tiles(self) -> list[Tile]:
        moved = queries.latest_movements(since=first_id_of_today(), most=MOST_SUMMED)
        since = "today" if sum(one.movements for one in moved) < MOST_SUMMED else "lately"
        taken = ", ".join(str(one.taken) for one in moved)
        back = ", ".join(str(one.paid_back) for one in moved if one.paid_back.minor)
        return [
            Tile(f"revenue {since}", taken or "none", tone="good" if taken else ""),
            Tile(f"paid back {since}", back or "none"),
        ]

    def found_by(self, term: str) -> Q:
        """Finds an order's payment by the index that lets it have only one."""
        of_order = self.holds("order_id", term) & ~Q(state=Payment.State.DECLINED)
        return super().found_by(term) | of_order

    @display(description="order")
    def order(self, payment: Payment) -> SafeString | str:
        return link(payment.order_id, ORDER_SERVICE)

    @display(description="customer")
    def customer(self, payment: Payment) -> SafeString | str:
        return self.person(payment, "user_id")

    @display(description="left to pay back")
    def left(self, payment: Payment) -> str:
        return f"{payment.refundable} left" if payment.refunded_minor else ""

    @display(description="captured")
    def captured_amount(self, payment: Payment) -> str:
        return str(payment.capture) if payment.captured else ""

    @display(description="left to pay back")
    def refundable(self, payment: Payment) -> str:
        return str(payment.refundable) if payment.captured else ""

    @display(description="ledger")
    def ledger(self, payment: Payment) -> SafeString | str:
        entries = payment.ledger.all()
        rows = ((e.create_time, e.debit_account, e.credit_account, e.amount) for e in entries)
        return table(("when", "debited to", "credited to", "amount"), rows)

    @display(description="refunds")
    def refunds(self, payment: Payment) -> SafeString | str:
        refunds = payment.refunds.select_related("payment").order_by("id")
        rows = (
            (
                r.create_time,
                badge(r.get_state_display(), REFUND_TONES[r.state]),
                r.amount,
                r.done_time,
            )
            for r in refunds
        )
        return table(("asked for", "state", "amount", "ended"), rows)
