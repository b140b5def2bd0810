from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q

from mesh.contract.money import Amount
from mesh.db.sql import lock, rows
from payment_service.payments.errors import PaymentNotFound
from payment_service.payments.models import Payment, ProviderEvent, Refund
from payment_service.payments.rows import FoundPayment, LedgerRow, PaymentRow

# By whom a payment may be seen is part of what is asked for, so that one statement reads for many.
_SEEN_BY = f"""
    SELECT place, {", ".join(f"payments_payment.{name}" for name in PaymentRow._fields)},
        {", ".join(f"entry.{name}" for name in LedgerRow._fields)}
    FROM unnest(
        (SELECT %(payment_ids)s::uuid[])::uuid[], (SELECT %(owners)s::uuid[])::uuid[]
    ) WITH ORDINALITY
        AS asked (asked_id, owner, place)
    JOIN payments_payment ON payments_payment.id = asked_id AND (owner IS NULL OR user_id = owner)
    LEFT JOIN payments_ledgerentry AS entry ON entry.payment_id = asked_id
    ORDER BY place, entry.create_time, entry.id
"""  # noqa: S608  # put together of constants


def payments_seen_by(asked: Sequence[tuple[UUID, str | None]]) -> list[FoundPayment | None]:
    """Returns the payments of these ids, each if it is that owner's; None for anybody's.

    None takes the place of one that is not there, or not the owner's to see.
    """
    payment_ids, owners = zip(*asked, strict=True)
    lines = rows(_SEEN_BY, {"payment_ids": list(payment_ids), "owners": list(owners)})
    found = {place: _found(list(of)) for place, of in groupby(lines, itemgetter(0))}
    return [found.get(place) for place in range(1, len(asked) + 1)]


def _found(lines: Sequence[Sequence[Any]]) -> FoundPayment:
    """Returns the payment that begins each line, with the ledger entries that end them."""
    end = 1 + len(PaymentRow._fields)
    entries = [LedgerRow._make(line[end:]) for line in lines if line[end] is not None]
    return FoundPayment(PaymentRow._make(lines[0][1:end]), entries)


_MOVED = """
    SELECT currency,
        COALESCE(sum(amount_minor) FILTER (WHERE refund_id IS NULL), 0)::bigint,
        COALESCE(sum(amount_minor) FILTER (WHERE refund_id IS NOT NULL), 0)::bigint,
        count(*)
    FROM (
        SELECT * FROM payments_ledgerentry WHERE id >= %(since)s ORDER BY id DESC LIMIT %(most)s
    ) AS latest
    GROUP BY currency ORDER BY currency
"""


class Moved(NamedTuple):
    """Money that moved in one currency, and by how many movements."""

    taken: Amount
    paid_back: Amount
    movements: int


def latest_movements(*, since: UUID, most: int) -> list[Moved]:
    """Returns what the latest movements with this id or a later one come to, by currency."""
    return [
        Moved(Amount(taken, currency), Amount(paid_back, currency), count)
        for currency, taken, paid_back, count in rows(_MOVED, {"since": since, "most": most})
    ]


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
    lock(f"payment of {order_id}")


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
