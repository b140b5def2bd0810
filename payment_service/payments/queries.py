from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import BigIntegerField, Case, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from mesh.contract.money import Amount
from payment_service.payments.errors import PaymentNotFound
from payment_service.payments.models import (
    CAPTURED_STATES,
    LedgerEntry,
    Payment,
    ProviderEvent,
    Refund,
)

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


def payment(payment_id: UUID) -> Payment:
    return Payment.objects.get(id=payment_id)


def payment_authorized_by(request_id: UUID | None) -> Payment | None:
    return Payment.objects.filter(authorize_request_id=request_id).first()


def payment_captured_by(request_id: UUID | None) -> Payment | None:
    return Payment.objects.filter(capture_request_id=request_id).first()


def lock_order(order_id: UUID) -> None:
    """Wait to be alone at an order, until the transaction ends: it may have no row yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"payment of {order_id}"]
        )


def standing_payment_of_order(order_id: UUID) -> Payment | None:
    """The one payment of an order that was not declined, locked."""
    payments = Payment.objects.select_for_update().exclude(state=Payment.State.DECLINED)
    return payments.filter(order_id=order_id).first()


def last_payment_of_order(order_id: UUID) -> Payment | None:
    """The payment that stands, or else the latest that was declined, locked."""
    declined = Payment.objects.select_for_update().filter(order_id=order_id).order_by("-id")
    return standing_payment_of_order(order_id) or declined.first()


def voided_payment_of_order(order_id: UUID) -> Payment | None:
    """The payment that was, or is being, ended for good; the order can't have another."""
    ended = Q(void_request_id__isnull=False) | Q(state=Payment.State.VOIDED)
    return Payment.objects.filter(ended, order_id=order_id).first()


def refund(refund_id: UUID) -> Refund:
    return Refund.objects.select_related("payment").get(id=refund_id)


def refund_of_request(request_id: UUID) -> Refund | None:
    return Refund.objects.select_related("payment").filter(request_id=request_id).first()


def refunds_under_way(payment: Payment) -> list[Refund]:
    refunds = Refund.objects.select_related("payment")
    return list(refunds.filter(payment=payment, state=Refund.State.PENDING).order_by("id"))


def refunded_for_update(*, after: UUID, size: int) -> list[Payment]:
    """Payments with refunds that no void made, in the order of their ids, locked."""
    refunded = Payment.objects.filter(refunded_minor__gt=0, void_request_id__isnull=True)
    return list(refunded.filter(id__gt=after).order_by("id").select_for_update()[:size])


def event_about(event: ProviderEvent) -> Payment | Refund | None:
    """The payment or refund that an event is about, if it is here."""
    if event.payment_id:
        return Payment.objects.filter(id=event.payment_id).first()
    return Refund.objects.filter(id=event.refund_id).first() if event.refund_id else None


@dataclass(frozen=True, slots=True)
class Violation:
    """A payment by which the provider holds `held_minor`, where the ledger has another sum."""

    payment_id: UUID
    held_minor: int
    ledger_minor: int


def ledger_violations() -> list[Violation]:
    """Payments whose captured less refunded amount is not what their ledger sums up to."""
    payments = Payment.objects.annotate(
        held_minor=Case(
            When(state__in=CAPTURED_STATES, then=F("capture_minor") - F("refunded_minor")),
            default=Value(0),
            output_field=BigIntegerField(),
        ),
        ledger_minor=_booked(debit_account=_PROVIDER) - _booked(credit_account=_PROVIDER),
    )
    gaps = payments.exclude(held_minor=F("ledger_minor")).order_by("id")
    return [Violation(*row) for row in gaps.values_list("id", "held_minor", "ledger_minor")]


@dataclass(frozen=True, slots=True)
class RefundGap:
    """A payment that says other sums than its refunds, paid back and under way, add up to."""

    payment_id: UUID
    said_minor: tuple[int, int]
    refunds_minor: tuple[int, int]


def refund_gaps() -> list[RefundGap]:
    """Payments whose refunded or held amounts are not those of their refunds."""
    payments = Payment.objects.annotate(
        done_minor=_of_refunds(Refund.State.DONE), open_minor=_of_refunds(Refund.State.PENDING)
    )
    gaps = payments.exclude(refunded_minor=F("done_minor"), refunding_minor=F("open_minor"))
    columns = ("id", "refunded_minor", "refunding_minor", "done_minor", "open_minor")
    rows = gaps.order_by("id").values_list(*columns)
    return [RefundGap(row[0], (row[1], row[2]), (row[3], row[4])) for row in rows]


def _of_refunds(state: Refund.State) -> Coalesce:
    amounts = Sum("refunds__amount_minor", filter=Q(refunds__state=state))
    return Coalesce(amounts, Value(0))


def _booked(**account: str) -> Coalesce:
    """The sum of a payment's entries on one side of an account, in the payment's currency."""
    side = Q(**{f"ledger__{name}": value for name, value in account.items()})
    own_currency = Q(ledger__currency=F("currency"))
    return Coalesce(Sum("ledger__amount_minor", filter=side & own_currency), Value(0))


def booked_movements() -> dict[str, Amount]:
    """What the ledger says moved at the provider, by the provider's name for it."""
    entries = LedgerEntry.objects.select_related("payment", "refund").iterator()
    return dict(
        (entry.refund.reference, Amount(-entry.amount_minor, entry.currency))
        if entry.refund
        else (entry.payment.reference, entry.amount)
        for entry in entries
    )


def under_way() -> set[UUID]:
    """Payments and refunds whose outcome the provider may know and we do not yet."""
    capturing = Q(state=Payment.State.AUTHORIZED, capture_request_id__isnull=False)
    payments = Payment.objects.filter(capturing | Q(state=Payment.State.PENDING))
    refunds = Refund.objects.filter(state=Refund.State.PENDING)
    return {*payments.values_list("id", flat=True), *refunds.values_list("id", flat=True)}
