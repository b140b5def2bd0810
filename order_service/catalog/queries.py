from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from mesh.contract.pagination import page_position, page_size, shown
from mesh.db.sql import rows
from mesh.rpc.idempotency.claim import FIND_EACH, Claim, values_of
from order_service.catalog.errors import ProductNotFound
from order_service.catalog.models import Product
from order_service.catalog.rows import ProductRow

# There is a row, whether or not anything is found. The array is selected so that a plan for any
# array costs what one for these would, and is kept: else the statement is planned every time.
_OFFERS = f"""
    SELECT statement_timestamp(), found.* FROM (SELECT) AS always LEFT JOIN (
        SELECT place, fingerprint, response, NULL AS sku, NULL AS title, NULL::int8 AS price_minor,
            NULL AS currency, NULL::int4 AS stock
        FROM ({FIND_EACH}) AS stored
        UNION ALL
        SELECT NULL, NULL, NULL, sku, title, price_minor, currency, stock FROM catalog_product
        WHERE sku = ANY((SELECT %(skus)s::text[])::text[])
    ) AS found ON true
"""  # noqa: S608  # put together of constants


_COLUMNS = ", ".join(ProductRow._fields)
_PRODUCTS = f"""
    SELECT {_COLUMNS} FROM catalog_product WHERE sku = ANY((SELECT %s::text[])::text[])
"""  # noqa: S608  # put together of constants
_PAGE = f"""
    SELECT {_COLUMNS} FROM catalog_product WHERE sku > %s ORDER BY sku LIMIT %s
"""  # noqa: S608  # put together of constants


class Offer(NamedTuple):
    """What a product is sold as."""

    sku: str
    title: str
    price_minor: int
    currency: str
    stock: int


class Offers(NamedTuple):
    """What the database offered at a time of its own clock.

    `stored` has the fingerprint and the response of each claim, by its place, whose request got
    one before.
    """

    time: datetime
    by_sku: Mapping[str, Offer]
    stored: Mapping[int, tuple[bytes, bytes]]


def products(*, skus: Collection[str]) -> dict[str, ProductRow]:
    """Returns those that exist, by sku."""
    found = map(ProductRow._make, rows(_PRODUCTS, [list(skus)], binary=True))
    return {product.sku: product for product in found}


def product_for_update(*, sku: str) -> Product:
    """Locked until the transaction ends. Raises ProductNotFound."""
    found = products_for_update(skus=[sku])
    if not found:
        raise ProductNotFound("there is no such product", sku=sku)
    return found[sku]


def products_for_update(*, skus: Collection[str]) -> dict[str, Product]:
    """Those that exist, locked until the transaction ends.

    Always locked in the order of their skus, so that no two transactions wait for one
    another.
    """
    locked = Product.objects.select_for_update(no_key=True).filter(sku__in=skus).order_by("sku")
    return {product.sku: product for product in locked}


def offers(*, skus: Collection[str], claims: Sequence[Claim]) -> Offers:
    """Returns what is offered of these, and what the claims' requests got before; locks nothing."""
    found = rows(_OFFERS, values_of(claims) | {"skus": list(skus)})
    stored = {row[1] - 1: (row[2], row[3]) for row in found if row[1] is not None}
    by_sku = {row[4]: Offer(*row[4:]) for row in found if row[4] is not None}
    return Offers(found[0][0], by_sku, stored)


def products_page(*, size: int, token: str) -> tuple[list[ProductRow], str]:
    """Returns a page of products by sku, and the token of the next page.

    Raises PageTokenInvalid.
    """
    after = page_position(token, "products") or ""
    lines = rows(_PAGE, [after, page_size(size) + 1], binary=True)
    found = list(map(ProductRow._make, lines))
    return shown(found, "products", size=size, position=lambda row: row.sku)
