"""Deletes rows that have served their time, a batch at a time."""

import time
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

BATCH = 5_000
# A relay, which does this once a minute, rings for no step meanwhile.
WITHIN_S = 0.5


def delete_batches(rows: QuerySet[Any], batch: int = BATCH) -> int:
    """Deletes the first of the rows, in their order, for as long as WITHIN_S. Returns how many.

    Rows that another process has locked, such as another relay, are left to it.
    """
    ends, deleted = time.monotonic() + WITHIN_S, 0
    while True:
        found = _delete(rows, batch)
        deleted += found
        if found < batch or time.monotonic() > ends:
            return deleted


@transaction.atomic
def _delete(rows: QuerySet[Any], most: int) -> int:
    keys = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True)[:most])
    rows.model.objects.filter(pk__in=keys).delete()
    return len(keys)
