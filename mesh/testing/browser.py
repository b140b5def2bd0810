"""A browser with which staff is signed in, for tests of pages."""

import re
import time
from typing import Any
from uuid import UUID

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from mesh.admin.actions import CONFIRMED
from mesh.admin.models import Staff
from mesh.core.ids import uuid7


class Browser(Client):
    """Requests pages by the model or row that they show."""

    def listing(self, model: type[Model], **query: object) -> Any:
        return self.get(_url(model, "changelist"), {name: str(query[name]) for name in query})

    def page(self, row: Model) -> Any:
        return self.get(_url(type(row), "change", row.pk))

    def ask(self, row_action: str, *rows: Model, **answers: object) -> Any:
        """Returns the confirmation page of a row action."""
        chosen = {"action": row_action, ACTION_CHECKBOX_NAME: [row.pk for row in rows]}
        return self.post(_url(type(rows[0]), "changelist"), chosen | answers, follow=True)

    def do(self, row_action: str, *rows: Model, **answers: object) -> list[str]:
        """Runs a row action. Returns the messages that staff sees."""
        response = self.ask(row_action, *rows, **{CONFIRMED: "Yes"}, **answers)
        return [str(message) for message in response.context["messages"]]


def signed_in(*scopes: str, staff_id: UUID | None = None) -> Browser:
    """Returns a browser whose user has just signed in."""
    staff = Staff.objects.create(id=staff_id or uuid7(), scopes=sorted(scopes))
    browser = Browser()
    browser.force_login(staff)
    session = browser.session
    session.update({"refresh_token": "none", "asked_s": time.time()})
    session.save()
    return browser


def trail() -> list[str]:
    """Returns what the audit trail says was done, in order, without ids and requests."""
    said = (entry.get_change_message() for entry in LogEntry.objects.order_by("pk"))
    without_ids = (re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", one) for one in said)
    return [one.removesuffix(" (request ID)") for one in without_ids]


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def _url(model: type[Model], page: str, *ids: object) -> str:
    of = model._meta  # noqa: SLF001  # documented in spite of its name
    return reverse(f"admin:{of.app_label}_{of.model_name}_{page}", args=ids)
