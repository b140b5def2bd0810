from django.contrib.admin import display, register
from django.contrib.admin.models import LogEntry
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mesh.admin.cells import short_id
from mesh.admin.model_admin import Page


@register(LogEntry)
class AuditPage(Page):
    """Who did what to which row."""

    heading = "Audit trail"
    list_display = ("action_time", "actor", "kind", "row", "said")
    list_select_related = ("content_type",)
    fields = ("action_time", "actor", "kind", "row", "said")
    readonly_fields = ("actor", "kind", "row", "said")
    find_by = ("user", "object_id")
    people = ("user_id",)
    search_help_text = "The id of somebody of staff or of a row, or a sku, whole."

    def named(self, row: LogEntry) -> str:
        return f"entry {row.pk} of the audit trail"

    @display(description="who")
    def actor(self, entry: LogEntry) -> SafeString | str:
        return self.person(entry, "user_id")

    @display(description="of")
    def kind(self, entry: LogEntry) -> str:
        return entry.content_type.name if entry.content_type else ""

    @display(description="row")
    def row(self, entry: LogEntry) -> SafeString | str:
        shown, url = short_id(entry.object_id), entry.get_admin_url()
        return format_html('<a href="{}">{}</a>', url, shown) if url else shown

    @display(description="what was done")
    def said(self, entry: LogEntry) -> str:
        return entry.get_change_message()
