from typing import Any

from django.contrib.admin import SimpleListFilter, display, register
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from mesh.admin.model_admin import Page
from mesh.admin.tiles import MOST_COUNTED, Tile, bounded_count, count_text
from mesh.mail.actions import SEND_MAIL
from mesh.mail.models import Mail
from mesh.outbox.models import Step


def _sending() -> QuerySet[Step]:
    """Returns the steps that send mails, of the first steps that are open."""
    first_open = Step.objects.filter(done_time=None).values("pk")[: MOST_COUNTED + 1]
    return Step.objects.filter(pk__in=first_open, kind=SEND_MAIL)


class Waiting(SimpleListFilter):
    """Filters mails that wait by the steps that send them: mails have no index by state."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(Mail.State.QUEUED, Mail.State.QUEUED.label)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Mail]) -> QuerySet[Mail]:
        if self.value() != Mail.State.QUEUED:
            return queryset
        return queryset.filter(
            dedup_key__in=list(_sending().values_list("payload__mail", flat=True))
        )


@register(Mail)
class MailPage(Page):
    """Mails name users, not addresses. One that is not sent has its reason in its step."""

    list_display = ("ref", "template", "recipient", "badge", "create_time", "sent_time")
    fields = (
        *("whole_id", "template", "recipient", "badge", "context", "dedup_key"),
        *("create_time", "sent_time"),
    )
    readonly_fields = ("whole_id", "recipient", "badge")
    list_filter = (Waiting,)
    find_by = ("id", "user_id", "dedup_key")
    people = ("user_id",)
    tones = {Mail.State.QUEUED: "busy", Mail.State.SENT: "good", Mail.State.DROPPED: "over"}
    search_help_text = "The id of a mail (its Message-ID) or of a user, or a dedup key."

    def tiles(self) -> list[Tile]:
        waiting = bounded_count(_sending())
        return [Tile("mails waiting", count_text(waiting), f"?state={Mail.State.QUEUED}")]

    @display(description="to")
    def recipient(self, mail: Mail) -> SafeString | str:
        return self.person(mail, "user_id")
