"""Deletes rows that have served their time, a batch at a time."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

BATCH = 5_000


@transaction.atomic
def delete_batch(rows: QuerySet[Any], most: int = BATCH) -> int:
    """Deletes the first of the rows, in their order. Returns how many.

    Rows that another process has locked, such as another relay, are left to it.
    """
    keys = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True)[:most])
    return int(rows.model.objects.filter(pk__in=keys).delete()[0])
