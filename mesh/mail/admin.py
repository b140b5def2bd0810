from django.contrib.admin import display, register
from django.utils.safestring import SafeString

from mesh.admin.model_admin import Page
from mesh.admin.tiles import MOST_COUNTED, Tile, bounded_count, count_text
from mesh.mail.actions import SEND_MAIL
from mesh.mail.models import Mail
from mesh.outbox.models import Step


@register(Mail)
class MailPage(Page):
    """Mails name users, not addresses. One that is not sent has its reason in its step."""

    list_display = ("ref", "template", "recipient", "badge", "create_time", "sent_time")
    fields = (
        *("whole_id", "template", "recipient", "badge", "context", "dedup_key"),
        *("create_time", "sent_time"),
    )
    readonly_fields = ("whole_id", "recipient", "badge")
    list_filter = ("state",)
    find_by = ("id", "user_id", "dedup_key")
    people = ("user_id",)
    tones = {Mail.State.QUEUED: "busy", Mail.State.SENT: "good", Mail.State.DROPPED: "over"}
    search_help_text = "The id of a mail (its Message-ID) or of a user, or a dedup key."

    def tiles(self) -> list[Tile]:
        """Counts by the steps that send: mails have no index of their own by state."""
        first_open = Step.objects.filter(done_time=None).values("pk")[: MOST_COUNTED + 1]
        waiting = bounded_count(Step.objects.filter(pk__in=first_open, kind=SEND_MAIL))
        return [Tile("mails waiting", count_text(waiting), "?state__exact=QUEUED")]

    @display(description="to")
    def recipient(self, mail: Mail) -> SafeString | str:
        return self.person(mail, "user_id")
