from django.contrib.admin import display, register
from django.contrib.admin.models import LogEntry

from mesh.admin.model_admin import Page


@register(LogEntry)
class AuditPage(Page):
    """Who did what to which row; by id, as all that is known of staff is with its account."""

    list_display = ("action_time", "user_id", "content_type", "object_id", "said")
    list_select_related = ("content_type",)
    fields = ("action_time", "user_id", "content_type", "object_id", "object_repr", "said")
    readonly_fields = ("user_id", "said")
    find_by = ("user", "object_id")

    @display(description="what was done")
    def said(self, entry: LogEntry) -> str:
        return entry.get_change_message()
