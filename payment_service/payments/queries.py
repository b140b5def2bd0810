from dataclasses import dataclass
from uuid import UUID

from django.db.models import BigIntegerField, Case, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from payment_service.payments.errors import PaymentNotFound
from payment_service.payments.models import LedgerEntry, Payment, Refund

_PROVIDER = LedgerEntry.Account.PROVIDER


def payment_seen_by(*, payment_id: UUID, owner: str | None) -> Payment:
    """A payment of this owner, or with None of anybody. Raises PaymentNotFound."""
    payments = Payment.objects.all() if owner is None else Payment.objects.filter(user_id=owner)
    payment = payments.filter(id=payment_id).first()
    if payment is None:
        raise PaymentNotFound("there is no such payment")
    return payment


def payment_for_update(payment_id: UUID) -> Payment:
    """A payment, locked: its refunds change only under this lock. Raises PaymentNotFound."""
    payment = Payment.objects.select_for_update().filter(id=payment_id).first()
    if payment is None:
        raise PaymentNotFound("there is no such payment")
    return payment


def payment_of_request(request_id: UUID) -> Payment | None:
    return Payment.objects.filter(request_id=request_id).first()


def standing_payment_of_order(order_id: UUID) -> Payment | None:
    """The one payment of an order that was not declined."""
    return Payment.objects.filter(order_id=order_id).exclude(state=Payment.State.DECLINED).first()


def refund_of_request(request_id: UUID) -> Refund | None:
    return Refund.objects.filter(request_id=request_id).first()


@dataclass(frozen=True, slots=True)
class Gap:
    """A payment by which the provider holds `held_minor`, where the ledger has another sum."""

    payment_id: UUID
    held_minor: int
    ledger_minor: int


def ledger_gaps() -> list[Gap]:
    """Payments whose captured less refunded amount is not what their ledger sums up to."""
    unpaid = Q(state__in=[Payment.State.PENDING, Payment.State.DECLINED])
    payments = Payment.objects.annotate(
        held_minor=Case(
            When(unpaid, then=Value(0)),
            default=F("amount_minor") - F("refunded_minor"),
            output_field=BigIntegerField(),
        ),
        ledger_minor=_booked(debit_account=_PROVIDER) - _booked(credit_account=_PROVIDER),
    )
    gaps = payments.exclude(held_minor=F("ledger_minor")).order_by("id")
    return [Gap(*row) for row in gaps.values_list("id", "held_minor", "ledger_minor")]


def _booked(**account: str) -> Coalesce:
    """The sum of a payment's entries on one side of an account, in the payment's currency."""
    side = Q(**{f"ledger__{name}": value for name, value in account.items()})
    own_currency = Q(ledger__currency=F("currency"))
    return Coalesce(Sum("ledger__amount_minor", filter=side & own_currency), Value(0))
