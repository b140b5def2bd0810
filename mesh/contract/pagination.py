"""Keyset pagination by opaque, signed tokens, stable under inserts (AIP-158)."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from django.core import signing

from mesh.core.errors import InvalidArgument

if TYPE_CHECKING:  # the edge reads this module, and has no models
    from django.db.models import Model, QuerySet

_Row = TypeVar("_Row", bound="Model")
T = TypeVar("T")
DEFAULT_PAGE_SIZE = 50


class PageTokenInvalid(InvalidArgument):
    reason = "PAGE_TOKEN_INVALID"


def page_size(asked: int) -> int:
    """Returns how many rows a page has; the contract limits what may be asked for."""
    return asked or DEFAULT_PAGE_SIZE


def page_token(position: str, *listing: object) -> str:
    """Returns a token for the page after the row at `position` in this listing.

    `listing` is what its pages have in common, filters included: the token is valid for no
    other listing.
    """
    return signing.dumps(position, salt=_salt(listing))


def page_position(token: str, *listing: object) -> str | None:
    """Returns the position that a token names; None for the first page. Raises PageTokenInvalid."""
    if not token:
        return None
    try:
        return str(signing.loads(token, salt=_salt(listing)))
    except signing.BadSignature as error:
        raise PageTokenInvalid("page_token is not one of this listing's") from error


def page(
    rows: "QuerySet[_Row]", *listing: object, size: int, token: str, key: str = "-id"
) -> tuple[list[_Row], str]:
    """Returns a page of the rows in the order of `key`, which is unique, and the next page's token.

    The token is empty on the last page. Raises PageTokenInvalid.
    """
    column = key.removeprefix("-")
    if position := page_position(token, *listing):
        rows = rows.filter(**{f"{column}__{'lt' if key.startswith('-') else 'gt'}": position})
    found = list(rows.order_by(key)[: page_size(size) + 1])
    return shown(found, *listing, size=size, position=lambda row: getattr(row, column))


def shown(
    found: list[T], *listing: object, size: int, position: Callable[[T], object]
) -> tuple[list[T], str]:
    """Returns a page and the next page's token, of one row more than a page has, if there is."""
    page = found[: page_size(size)]
    more = len(found) > len(page)
    return page, page_token(str(position(page[-1])), *listing) if more else ""


def _salt(listing: Sequence[object]) -> str:
    return "page:" + "|".join(map(str, listing))
