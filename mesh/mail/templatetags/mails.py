"""Filters of mails: dates and money as the reader of the mail writes them."""

from datetime import date
from decimal import Decimal
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency
from django.template import Library
from django.utils.translation import get_language, to_locale

register = Library()


@register.filter
def day(iso: str) -> str:
    """Returns a date such as `2026-11-29` in words."""
    return format_date(date.fromisoformat(iso), "long", locale=_reader(get_language() or "en"))


@register.filter
def money(amount: str) -> str:
    """Returns an amount as `str` of an Amount is: `12.90 EUR` is €12.90 or 12,90 €."""
    number, currency = amount.split()
    return format_currency(Decimal(number), currency, locale=_reader(get_language() or "en"))


@cache
def _reader(language: str) -> Locale:
    """Returns the locale of a language tag, without a region that Babel does not know."""
    try:
        return Locale.parse(to_locale(language))
    except UnknownLocaleError:
        return Locale.parse(language.partition("-")[0])
