"""What the templates do to texts."""

import re

from django.template import Library
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = Library()
_CODE = re.compile(r"`([^`]+)`")


@register.filter
def coded(text: str) -> SafeString:
    """Returns HTML in which what stands between backticks is code."""
    plain, *rest = _CODE.split(text)
    coded_ones = zip(rest[::2], rest[1::2], strict=True)
    return format_html("{}{}", plain, format_html_join("", "<code>{}</code>{}", coded_ones))


@register.filter
def cell(text: str) -> str:
    """Returns a text as Markdown takes it in a table."""
    return text.replace("|", "\\|").replace("\n", "<br>")
