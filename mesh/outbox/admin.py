"""The staff page of steps: pending, parked and why, with a replay action."""

from django.contrib.admin import ModelAdmin, SimpleListFilter, register
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from mesh.admin.actions import Answers, RowAction
from mesh.admin.model_admin import Page
from mesh.admin.scopes import EVERY
from mesh.core.errors import FailedPrecondition
from mesh.outbox import actions
from mesh.outbox.models import Step
from mesh.outbox.steps import handlers


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


@register(Step)
class StepPage(Page):
    list_display = ("id", "kind", "key", "state", "attempts", "next_at", "last_error")
    list_filter = ("state", ByKind)
    exclude = ("lease_token", "ring_at")
    find_by = ("id", "dedup_key")
    search_help_text = "An id or dedup key; or the key of steps that are not done."
    # It may do whatever the service does, so it takes every scope of the service.
    row_actions = {"replay": RowAction("Replay", _replay, EVERY)}

    def found_by(self, term: str) -> Q:
        return super().found_by(term) | Q(key=term, done_time__isnull=True)
