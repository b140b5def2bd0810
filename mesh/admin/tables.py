"""Small tables inside a row's page, for rows that belong to it."""

from collections.abc import Iterable, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> SafeString:
    """Escaped whole."""
    return format_html(
        "<table><thead>{}</thead><tbody>{}</tbody></table>",
        _row("th", headings),
        format_html_join("", "{}", ([_row("td", cells)] for cells in rows)),
    )


def _row(tag: str, cells: Sequence[object]) -> SafeString:
    shown = ((tag, "-" if cell in (None, "") else cell, tag) for cell in cells)
    return format_html("<tr>{}</tr>", format_html_join("", "<{}>{}</{}>", shown))
