from django.contrib.admin import register

from mesh.admin.model_admin import Page
from mesh.mail.models import Mail


@register(Mail)
class MailPage(Page):
    """Mails name users, not addresses. One that is not sent has its reason in its step."""

    list_display = ("id", "template", "user_id", "state", "create_time", "sent_time")
    exclude = ("sealed_recipient",)
    list_filter = ("state",)
    find_by = ("id", "user_id", "dedup_key")
    search_help_text = "The id of a mail (its Message-ID) or of a user, or a dedup key."
