"""Row actions: what staff does to rows, by the functions that RPCs call.

Chosen on a list or on a row's own page, asked for once more, then done row by row: each in
one transaction with its entry in the audit trail. Of rows that it does not fit, or that fail,
staff is told why, and the others are done all the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst

from mesh.admin import audit
from mesh.core.errors import DomainError, FailedPrecondition

if TYPE_CHECKING:  # pages import their actions
    from mesh.admin.model_admin import Page

CONFIRMED = "confirmed"
MOST_AT_ONCE = 100

log = structlog.get_logger("admin")

Answers = Mapping[str, Any]


class NothingLeftToDo(FailedPrecondition):
    """What was asked for would change nothing, such as a second time."""

    reason = "NOTHING_LEFT_TO_DO"


@dataclass(frozen=True)
class RowAction:
    """`act` gets a row and what was entered in `form`; a DomainError of it is shown to staff.

    `title` is the button, `done` ends the sentence that begins with the row's name. `scope` is
    that of the RPC that does the same, or EVERY. It is offered, and counts as done, only where
    `fits` says so of the row. `initial` is what the form holds when it is asked for one row.
    """

    title: str
    done: str
    act: Callable[[Any, Answers], object]
    scope: str
    form: type[Form] = Form
    fits: Callable[[Any], bool] = lambda _: True
    initial: Callable[[Any], Answers] = lambda _: {}

    def __call__(
        self, page: "Page", request: HttpRequest, rows: QuerySet[Any]
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
        done = sum(self._do(page, request, row, form.cleaned_data) for row in chosen)
        if not alone:
            of = f"{len(chosen)} {page.opts.verbose_name_plural}"
            level = messages.SUCCESS if done == len(chosen) else messages.WARNING
            page.message_user(request, f"{self.title}: done for {done} of {of}.", level)
        return HttpResponseRedirect(page.url_of(chosen[0])) if alone else None

    def _ask(self, page: "Page", request: HttpRequest, rows: list[Any], form: Form) -> HttpResponse:
        alone = page.named(rows[0]) if len(rows) == 1 else ""
        context = {
            **page.admin_site.each_context(request),
            "title": f"{self.title}: {alone or f'{len(rows)} {page.opts.verbose_name_plural}'}?",
            "opts": page.opts,
            "rows": [(row.pk, page.named(row), self.fits(row)) for row in rows],
            "back": page.url_of(rows[0]) if alone else page.list_url,
            "yes": self.title,
            "form": form,
            "action": request.POST.get("action", ""),
            "checkbox": ACTION_CHECKBOX_NAME,
            "confirmed": CONFIRMED,
        }
        return TemplateResponse(request, "mesh_admin/confirm.html", context)

    def _do(self, page: "Page", request: HttpRequest, row: Any, answers: Answers) -> bool:
        """Returns whether it was done; tells staff either way."""
        staff: Any = request.user
        fits, named = self.fits(row), capfirst(page.named(row))
        try:
            with transaction.atomic():
                self.act(row, answers)
                if not fits:
                    raise NothingLeftToDo("nothing was left to do")  # noqa: TRY301  # for the first
                audit.note(staff, row, self._said(answers))
        except DomainError as error:
            audit.note(staff, row, f"{self._said(answers)}: refused, {error.reason}")
            page.message_user(request, f"{named}: {error.detail}", messages.ERROR)
            return False
        except Exception as error:  # the rows before are done, and those behind are not to wait
            log.exception("row_action_failed", row=str(row.pk), error=type(error).__qualname__)
            page.message_user(request, f"{named}: failed, nothing was changed", messages.ERROR)
            return False
        page.message_user(request, f"{named} {self.done}.", messages.SUCCESS)
        return True

    def _said(self, answers: Answers) -> str:
        """Returns what was done and entered; what a form hides was entered by nobody."""
        fields = self.form.base_fields
        given = (
            f"{name} {value}"
            for name, value in answers.items()
            if value is not None and not fields[name].widget.is_hidden
        )
        return ", ".join([self.title, *given])
