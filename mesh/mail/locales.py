"""The languages of mails, and which of them a person prefers."""

from django.utils.translation.trans_real import parse_accept_lang_header

DEFAULT_LOCALE = "en"
LANGUAGES = (DEFAULT_LOCALE, "de")


def preferred_locale(accept_language: str) -> str:
    """Returns the locale that an `Accept-Language` prefers, with its region if it has one.

    It is DEFAULT_LOCALE where the header names none of LANGUAGES or can't be read.
    Source: RFC 9110, 12.5.4.
    """
    for tag, weight in parse_accept_lang_header(accept_language):
        language, *more = tag.split("-")
        if language == "*":
            break
        if weight and language in LANGUAGES:
            regions = [part.upper() for part in more if len(part) == 2 and part.isalpha()]
            return "-".join([language, *regions[:1]])
    return DEFAULT_LOCALE
