"""Telling orders again what was paid back for them."""

from uuid import UUID

from django.db import transaction

from payment_service.payments import queries
from payment_service.payments.actions.refund import enqueue_report

BATCH = 500


def report_refunds_again() -> int:
    """Enqueues the report of every payment that was paid back but not by a void; returns how many.

    For when orders can't know: refunds from before they were told of any, or a database of
    orders that was restored. What an order knows already changes nothing there.
    """
    count, after = 0, UUID(int=0)
    while payments := _report_some(after):
        count, after = count + len(payments), payments[-1]
    return count


@transaction.atomic
def _report_some(after: UUID) -> list[UUID]:
    payments = queries.refunded_for_update(after=after, size=BATCH)
    for payment in payments:
        enqueue_report(payment)
    return [payment.id for payment in payments]
