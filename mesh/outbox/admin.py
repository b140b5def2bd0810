"""The staff pages of steps: pending, parked and why, with a replay action; and those done."""

from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter, display, register
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.safestring import SafeString

from mesh.admin.actions import Answers, RowAction
from mesh.admin.cells import id_link, short
from mesh.admin.model_admin import Page
from mesh.admin.scopes import EVERY
from mesh.admin.tiles import MOST_COUNTED, Tile, bounded_count, count_text, duration_text
from mesh.core.errors import FailedPrecondition
from mesh.db.sql import row
from mesh.outbox import actions
from mesh.outbox.models import DoneStep, Step
from mesh.outbox.steps import handlers

# Those that run on time are never old; see mesh.outbox.backlog for the same over all steps.
_WAITING = """
    SELECT count(*) FILTER (WHERE state = 'PENDING'),
        COALESCE(EXTRACT(EPOCH FROM now() - min(create_time) FILTER (
            WHERE state = 'PENDING' AND (attempts > 0 OR next_at <= now())
        )), 0)::float8
    FROM (SELECT * FROM outbox_step WHERE done_time IS NULL LIMIT %(most)s) AS open
"""
LATE_S = 60


class StepNotParked(FailedPrecondition):
    reason = "STEP_NOT_PARKED"


class ByKind(SimpleListFilter):
    """Filters by the kinds that have a handler; listing the kinds in use would read all rows."""

    title = "kind"
    parameter_name = "kind"

    def lookups(
        self, request: HttpRequest, model_admin: "ModelAdmin[Step]"
    ) -> list[tuple[str, str]]:
        return [(kind, kind) for kind in sorted(handlers())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Step]) -> QuerySet[Step]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


def _replay(step: Step, _: Answers) -> None:
    """Raises StepNotParked."""
    if not actions.replay(ids=[step.id]):
        raise StepNotParked("only a parked step can be replayed")


def _tone(oldest_s: float) -> str:
    return "busy" if oldest_s > LATE_S else "good"


def _is_parked(step: Step) -> bool:
    return step.state == Step.State.PARKED


class _StepPage(Page):
    @display(description="about")
    def about(self, step: Any) -> SafeString | str:
        """Returns a link to the row that the key names, where it is an id."""
        return id_link(step.key)

    @display(description="tries")
    def tries(self, step: Any) -> str:
        return f"{step.attempts} {'try' if step.attempts == 1 else 'tries'}"

    def named(self, row: Any) -> str:
        return f"step {row.kind} {short(row.pk)}"


@register(Step)
class StepPage(_StepPage):
    list_display = ("ref", "kind", "about", "badge", "tries", "next_at", "last_error")
    list_filter = ("state", ByKind)
    fields = (
        *("whole_id", "kind", "about", "badge", "attempts", "last_error", "payload", "dedup_key"),
        *("create_time", "next_at", "lease_until", "done_time", "seq", "request_id"),
    )
    readonly_fields = ("whole_id", "about", "badge")
    tones = {Step.State.PENDING: "busy", Step.State.DONE: "good", Step.State.PARKED: "bad"}
    find_by = ("id", "dedup_key")
    search_help_text = "An id or dedup key; or the key of steps that are not done."
    # It may do whatever the service does, so it takes every scope of the service.
    row_actions = {"replay": RowAction("Replay", "is run again", _replay, EVERY, fits=_is_parked)}

    def tiles(self) -> list[Tile]:
        """Returns figures of the first open steps: no more are told apart, however many wait."""
        pending, oldest_s = row(_WAITING, {"most": MOST_COUNTED + 1})
        parked = bounded_count(Step.objects.filter(state=Step.State.PARKED))
        return [
            Tile("steps waiting", count_text(pending), "?state__exact=PENDING"),
            Tile(
                "oldest step that is due",
                duration_text(oldest_s),
                "?state__exact=PENDING",
                _tone(oldest_s),
            ),
            Tile(
                "steps parked",
                count_text(parked),
                "?state__exact=PARKED",
                "bad" if parked else "good",
            ),
        ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Leads to the page of the done step, where it was done meanwhile."""
        if object_id and self.get_object(request, object_id) is None:
            page: Any = self.admin_site.get_model_admin(DoneStep)
            if done := page.get_object(request, object_id):
                return HttpResponseRedirect(page.url_of(done))
        return super().changeform_view(request, object_id, form_url, extra_context)

    def found_by(self, term: str) -> Q:
        return super().found_by(term) | Q(key=term, done_time__isnull=True)


@register(DoneStep)
class DoneStepPage(_StepPage):
    list_display = ("ref", "kind", "about", "tries", "create_time", "done_time")
    fields = (
        *("whole_id", "kind", "about", "tries", "payload"),
        *("create_time", "done_time", "request_id"),
    )
    readonly_fields = ("whole_id", "about", "tries")
    search_help_text = "An id."
