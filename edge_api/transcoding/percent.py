"""Strict percent-decoding of query strings and path segments."""

import re
from urllib.parse import unquote, unquote_to_bytes

from edge_api.codec import DecodeError
from edge_api.codec.errors import shown
from edge_api.codec.scalars import character_fault

_SLASH = re.compile("(%2[Ff])")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def parse_query(query: str) -> list[tuple[str, str]]:
    """Returns the parameters of a query string, in order. Raises DecodeError."""
    found = []
    for part in query.split("&"):
        if part:
            name, _, value = part.replace("+", " ").partition("=")
            name = percent_decoded(name, "a parameter's name")
            try:
                found.append((name, percent_decoded(value, "its value")))
            except DecodeError as error:
                raise error.inside(shown(name)) from None
    return found


def decoded_but_slashes(segment: str) -> str:
    """Decodes a segment that `percent_decoded` takes, and leaves `%2F` and `%2f` unchanged.

    So a slash inside a segment is told from one between segments.
    Source: google/api/http.proto, "Path template syntax".
    """
    return "".join(
        part if _SLASH.fullmatch(part) else unquote(part) for part in _SLASH.split(segment)
    )


def percent_decoded(text: str, what: str) -> str:
    """Decodes a text. Raises DecodeError, which calls it `what`, for what is no UTF-8."""
    if "%" not in text and text.isascii():
        return text
    if _BAD_ESCAPE.search(text):
        raise DecodeError(f"{what} has a % without two hexadecimal digits")
    try:
        decoded = unquote_to_bytes(text).decode()
    except UnicodeDecodeError as error:
        raise DecodeError(f"{what} is not UTF-8") from error
    if fault := character_fault(decoded):
        raise DecodeError(f"{what} {fault}")
    return decoded
