"""Percent-encoded text, strictly: query strings and the segments of a path."""

import re
from urllib.parse import unquote_to_bytes

from edge_api.codec import Mismatch
from edge_api.codec.mismatch import shown
from edge_api.codec.scalars import character_fault

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def parse_query(query: str) -> list[tuple[str, str]]:
    """The parameters of a query string, in order. Raises Mismatch."""
    found = []
    for part in query.split("&"):
        if part:
            name, _, value = part.replace("+", " ").partition("=")
            name = percent_decoded(name, "a parameter's name")
            found.append((name, percent_decoded(value, shown(name))))
    return found


def percent_decoded(text: str, what: str) -> str:
    """Raises Mismatch, whose path is `what`, where the text is not encoded UTF-8."""
    if "%" not in text and text.isascii():
        return text
    if _BAD_ESCAPE.search(text):
        raise Mismatch("has a % without two hexadecimal digits", what)
    try:
        decoded = unquote_to_bytes(text).decode()
    except UnicodeDecodeError as error:
        raise Mismatch("is not UTF-8", what) from error
    if fault := character_fault(decoded):
        raise Mismatch(fault, what)
    return decoded
