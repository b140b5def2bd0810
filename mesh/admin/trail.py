"""The audit trail as pages show it."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.models import LogEntry
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mesh.admin import auth_client
from mesh.admin.cells import link, short, short_id, table

MOST = 20


def trail(
    request: HttpRequest, entries: Iterable[LogEntry], *, of_rows: bool = False
) -> SafeString | str:
    """Returns a table of at most 20 entries; `of_rows` names the row of each."""
    staff: Any = request.user
    latest = list(entries)[:MOST]
    names = auth_client.usernames(staff, {entry.user_id for entry in latest})
    issuer = auth_client.issuer()
    lines = []
    for entry in latest:
        who = link(entry.user_id, issuer, names.get(entry.user_id, ""))
        row = [row_of(entry)] if of_rows else []
        lines.append([entry.action_time, who, *row, said(entry)])
    return table(["when", "who", *(["row"] if of_rows else []), "what"], lines)


def said(entry: LogEntry) -> SafeString:
    """Returns what was done, with the request that the logs know it by as a note."""
    done, _, request_id = entry.get_change_message().removesuffix(")").partition(" (request ")
    if not request_id:
        return format_html("{}", done)
    shown = short(request_id)
    return format_html(
        '{} <span class="id request" title="request {}">{}</span>', done, request_id, shown
    )


def row_of(entry: LogEntry) -> SafeString | str:
    """Returns a link to the row that an entry is about."""
    if not entry.object_id:
        return ""
    kind = f"{entry.content_type.name} " if entry.content_type else ""
    shown, url = short_id(entry.object_id), entry.get_admin_url()
    if not url:
        return format_html("{}{}", kind, shown)
    return format_html('<a href="{}">{}{}</a>', url, kind, shown)
