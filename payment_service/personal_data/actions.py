"""Erases a person whose account is erased."""

from uuid import UUID

from django.db import transaction

from payment_service.payments.models import Payment
from payment_service.personal_data import queries


@transaction.atomic
def erase_person(*, user_id: UUID) -> bool:
    """Forgets the methods of a person's payments; returns whether nothing is left to do.

    A payment without an outcome keeps its method: the provider is asked again with it.
    """
    settled = Payment.objects.filter(user_id=user_id).exclude(state=Payment.State.PENDING)
    settled.exclude(payment_method="").update(payment_method="")
    return not queries.is_open(user_id)
