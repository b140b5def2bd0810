from collections.abc import Collection
from uuid import UUID

from payment_service.payments.models import Payment


def payments_of(user_id: UUID, *, order_ids: Collection[UUID]) -> list[Payment]:
    """Returns the person's payments for these orders, with their ledgers, newest first."""
    payments = Payment.objects.filter(user_id=user_id, order_id__in=order_ids)
    return list(payments.order_by("-id").prefetch_related("ledger"))


def is_open(user_id: UUID) -> bool:
    """Returns whether a payment of the person has no outcome yet."""
    return Payment.objects.filter(user_id=user_id, state=Payment.State.PENDING).exists()
