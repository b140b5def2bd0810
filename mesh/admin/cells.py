"""What the cells of pages show: short ids, badges, links and small tables, all escaped."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.utils import formats
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from mesh.admin.sites import url_of_id

HEAD, TAIL = 8, 4
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BEGINS_AN_ID = re.compile(rf"([0-9a-f]{{{HEAD},32}})(?:(?:…|\.\.\.)([0-9a-f]{{{TAIL}}}))?")


def short(row_id: object) -> str:
    """Returns an id as people tell it from others; the search of each page finds it as it is."""
    written = str(row_id)
    return f"{written[:HEAD]}…{written[-TAIL:]}" if _ID.fullmatch(written) else written


def ids_written(term: str) -> tuple[UUID, UUID, str] | None:
    """Returns the first and the last id that a whole, short or begun id may mean, and its end."""
    found = _BEGINS_AN_ID.fullmatch(term.strip().lower().replace("-", ""))
    if found is None:
        return None
    head, tail = found.groups(default="")
    return UUID(head.ljust(32, "0")), UUID(head.ljust(32, "f")), tail


def short_id(row_id: object) -> SafeString:
    return format_html('<span class="id" title="{}">{}</span>', row_id, short(row_id))


def whole_id(row_id: object) -> SafeString:
    return format_html('<span class="id">{}</span>', row_id)


def link(row_id: UUID | None, service: str = "", text: str = "") -> SafeString | str:
    """Returns a link to the page of a row by its id, of another service by that service's name.

    It is text alone where no setting says at which address that service has its pages.
    """
    if row_id is None:
        return ""
    shown = text or short_id(row_id)
    url = url_of_id(row_id, service)
    return format_html('<a href="{}" title="{}">{}</a>', url, row_id, shown) if url else shown


def id_link(written: str) -> SafeString | str:
    """Returns a text with a link in place of the id in it, if there is one."""
    found = _ID.search(written)
    if found is None:
        return written
    before, after = written[: found.start()], written[found.end() :]
    return format_html("{}{}{}", before, link(UUID(found[0])), after)


def badge(text: str, tone: str) -> SafeString:
    """Returns a state; the tone is `good`, `busy`, `bad` or `over`."""
    return format_html('<span class="badge {}">{}</span>', tone, text)


def shown_time(moment: datetime) -> str:
    """Returns a time as the columns of Django's admin show it."""
    return str(formats.localize(localtime(moment)))


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> SafeString | str:
    """Returns an HTML table, or nothing for no rows."""
    body = [_row("td", cells) for cells in rows]
    if not body:
        return ""
    return format_html(
        '<table class="rows"><thead>{}</thead><tbody>{}</tbody></table>',
        _row("th", headings),
        format_html_join("", "{}", ([row] for row in body)),
    )


def _row(tag: str, cells: Sequence[object]) -> SafeString:
    shown = ((tag, _cell(cell), tag) for cell in cells)
    return format_html("<tr>{}</tr>", format_html_join("", "<{}>{}</{}>", shown))


def _cell(cell: object) -> object:
    if isinstance(cell, datetime):
        return format_html('<span class="time">{}</span>', shown_time(cell))
    return "" if cell is None else cell
