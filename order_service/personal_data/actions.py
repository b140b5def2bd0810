"""Erases a person whose account is erased."""

from uuid import UUID

from django.db import transaction

from mesh.mail.actions import forget_contexts
from mesh.rpc.idempotency.once import forget
from order_service.orders.actions.cancel import give_up
from order_service.orders.models import Order
from order_service.personal_data import queries

BATCH = 500


@transaction.atomic
def erase_person(*, user_id: UUID) -> bool:
    """Keeps a person's orders, and nothing else; returns whether nothing is left to do.

    PENDING orders are given up, so that nobody is charged who is not there any more: the
    void pays back what was taken. While one is under way there is something left to do.
    """
    for order in queries.pending_for_update(user_id=user_id, size=BATCH):
        give_up(order, Order.CancelReason.REQUESTED)
    forget_contexts(user_id=user_id)
    forget(mentioning=user_id)
    return not queries.is_under_way(user_id=user_id)
