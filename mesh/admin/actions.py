"""Row actions: what staff does to rows, by the functions that RPCs call.

Chosen on a list or on a row's own page, asked for once more, then done row by row: each in
one transaction with its entry in the audit trail.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from mesh.admin import audit
from mesh.core.errors import DomainError

CONFIRMED = "confirmed"
MOST_AT_ONCE = 100

Answers = Mapping[str, Any]


@dataclass(frozen=True)
class RowAction:
    """`act` gets a row and what was entered in `form`; a DomainError of it is shown to staff.

    `scope` is that of the RPC that does the same, or EVERY. A row's own page has it only where
    `fits` says so of the row. `initial` is what the form holds when it is asked for one row.
    """

    title: str
    act: Callable[[Any, Answers], object]
    scope: str
    form: type[Form] = Form
    fits: Callable[[Any], bool] = lambda _: True
    initial: Callable[[Any], Answers] = lambda _: {}

    def __call__(
        self, page: "ModelAdmin[Any]", request: HttpRequest, rows: QuerySet[Any]
    ) -> HttpResponse | None:
        """Runs as Django's action: with None staff goes back to the list."""
        chosen = list(rows[: MOST_AT_ONCE + 1])
        if len(chosen) > MOST_AT_ONCE:
            text = f"At most {MOST_AT_ONCE} at once."
            page.message_user(request, text, messages.ERROR)
            return None
        entered = request.POST if CONFIRMED in request.POST else None
        alone = len(chosen) == 1
        form = self.form(entered, initial=dict(self.initial(chosen[0])) if alone else None)
        if not form.is_valid():
            return self._ask(page, request, chosen, form)
        for row in chosen:
            self._do(page, request, row, form.cleaned_data)
        return _page_of(page, chosen[0]) if alone else None

    def _ask(
        self, page: "ModelAdmin[Any]", request: HttpRequest, rows: list[Any], form: Form
    ) -> HttpResponse:
        context = {
            **page.admin_site.each_context(request),
            "title": f"{self.title}?",
            "opts": page.opts,
            "rows": rows,
            "form": form,
            "action": request.POST.get("action", ""),
            "checkbox": ACTION_CHECKBOX_NAME,
            "confirmed": CONFIRMED,
        }
        return TemplateResponse(request, "mesh_admin/confirm.html", context)

    def _do(
        self, page: "ModelAdmin[Any]", request: HttpRequest, row: Any, answers: Answers
    ) -> None:
        staff: Any = request.user
        try:
            with transaction.atomic():
                self.act(row, answers)
                audit.note(staff, row, self._said(answers))
        except DomainError as error:
            audit.note(staff, row, f"{self._said(answers)}: refused, {error.reason}")
            page.message_user(request, f"{row}: {error.detail}", messages.ERROR)
        else:
            page.message_user(request, f"{self.title}: {row}", messages.SUCCESS)

    def _said(self, answers: Answers) -> str:
        """Returns what was done and entered; what a form hides was entered by nobody."""
        fields = self.form.base_fields
        given = (
            f"{name} {value}"
            for name, value in answers.items()
            if value is not None and not fields[name].widget.is_hidden
        )
        return ", ".join([self.title, *given])


def _page_of(page: "ModelAdmin[Any]", row: Model) -> HttpResponse:
    name = f"admin:{page.opts.app_label}_{page.opts.model_name}_change"
    return HttpResponseRedirect(reverse(name, args=[row.pk]))
