"""The audit trail: Django's log of the admin, which the database only lets grow."""

import json
from typing import Any

import structlog
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model, QuerySet

from mesh.admin.models import Staff
from mesh.context import current_request_id

log = structlog.get_logger("admin")


def note(staff: Staff, row: Model, said: Any, *, flag: int = CHANGE) -> LogEntry:
    """Notes who did what to which row, as part of the current transaction.

    `said` is text, or what Django says of a form's fields. It and `str(row)` hold no
    personal data. Logged too, by ids. The entry ends with the request's id, under which the
    logs tell what came of it in all processes: a step keeps it, and so does whom it calls.
    """
    entry = LogEntry(
        user=staff,
        content_type=ContentType.objects.get_for_model(row),
        object_id=str(row.pk),
        object_repr=str(row)[:200],
        action_flag=flag,
        change_message=said if isinstance(said, str) else json.dumps(said),
    )
    in_words = entry.get_change_message()
    entry.change_message = f"{in_words} (request {current_request_id()})"
    entry.save(force_insert=True)
    values = {
        "entry_id": entry.pk,
        "staff_id": str(staff.pk),
        "object_kind": row._meta.label,  # noqa: SLF001  # documented in spite of its name
        "object_id": str(row.pk),
        "said": in_words,
    }
    transaction.on_commit(lambda: log.info("staff_acted", **values))
    return entry


def entries_about(row: Model) -> QuerySet[LogEntry]:
    """Returns what staff did to a row, latest first."""
    of = ContentType.objects.get_for_model(row)
    return latest().filter(content_type=of, object_id=str(row.pk))


def latest() -> QuerySet[LogEntry]:
    return LogEntry.objects.select_related("content_type").order_by("-pk")
