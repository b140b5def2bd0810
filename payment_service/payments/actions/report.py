"""Telling orders what was paid back for them."""

from uuid import UUID

from django.db import transaction

from mesh.outbox.actions import enqueue
from payment_service.payments import queries
from payment_service.payments.models import Payment
from payment_service.payments.step_kinds import REPORT_REFUND

BATCH = 500


def enqueue_report(payment: Payment) -> None:
    """Enqueues the report of what was paid back to the order, in the current transaction.

    Reports of one payment are made in turn. None for a payment that is voided: who voids an
    order's payment gets the outcome as the result.
    """
    if payment.void_request_id is None:
        payload = {"payment_id": str(payment.id), "refunded_minor": payment.refunded_minor}
        enqueue(REPORT_REFUND, payload, key=f"refunds:{payment.id}")


def report_refunds_again() -> int:
    """Enqueues the report of every payment that was paid back but not by a void; returns how many.

    For when orders can't know: refunds from before they were told of any, or a database of
    orders that was restored. What an order knows already changes nothing there.
    """
    count, after = 0, UUID(int=0)
    while payments := _report_some(after):
        count, after = count + len(payments), payments[-1].id
    return count


@transaction.atomic
def _report_some(after: UUID) -> list[Payment]:
    payments = queries.refunded_for_update(after=after, size=BATCH)
    for payment in payments:
        enqueue_report(payment)
    return payments
