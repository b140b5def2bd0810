"""Keyset pagination by opaque, signed tokens, stable under inserts (AIP-158)."""

from collections.abc import Sequence

from django.core import signing

from mesh.core.errors import InvalidArgument

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


def _salt(listing: Sequence[object]) -> str:
    return "page:" + "|".join(map(str, listing))
