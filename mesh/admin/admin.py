from django.contrib.admin import display, register
from django.contrib.admin.models import LogEntry
from django.utils.safestring import SafeString

from mesh.admin.cells import whole_id
from mesh.admin.model_admin import Page
from mesh.admin.trail import row_of, said


@register(LogEntry)
class AuditPage(Page):
    """Who did what to which row."""

    heading = "Audit trail"
    list_display = ("action_time", "actor", "row", "said")
    list_select_related = ("content_type",)
    fields = ("action_time", "actor", "row", "said", "request_id")
    readonly_fields = ("actor", "row", "said", "request_id")
    find_by = ("user", "object_id")
    people = ("user_id",)
    search_help_text = "The id of somebody of staff or of a row, or a sku, whole."

    def named(self, row: LogEntry) -> str:
        return f"entry {row.pk} of the audit trail"

    @display(description="who")
    def actor(self, entry: LogEntry) -> SafeString | str:
        return self.person(entry, "user_id")

    @display(description="row")
    def row(self, entry: LogEntry) -> SafeString | str:
        return row_of(entry)

    @display(description="what was done")
    def said(self, entry: LogEntry) -> SafeString:
        return said(entry)

    @display(description="request")
    def request_id(self, entry: LogEntry) -> SafeString | str:
        """Returns the id by which `make logs REQUEST=` tells what came of it."""
        found = entry.get_change_message().removesuffix(")").partition(" (request ")[2]
        return whole_id(found) if found else ""
