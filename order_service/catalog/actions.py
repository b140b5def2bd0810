from collections.abc import Mapping

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from mesh.contract.money import Amount
from mesh.contract.updates import check_etag
from mesh.core.errors import FieldViolation, InvalidArgument
from mesh.db.sql import execute
from order_service.catalog import queries
from order_service.catalog.errors import PriceInvalid, SkuTaken
from order_service.catalog.models import Product

_RETURN_STOCK = """
    UPDATE catalog_product
    SET stock = stock + line.quantity, version = version + 1, update_time = now()
    FROM unnest(%s::text[], %s::int[]) AS line (sku, quantity)
    WHERE catalog_product.sku = line.sku
"""


@transaction.atomic
def create_product(*, sku: str, title: str, description: str, price: Amount, stock: int) -> Product:
    """Adds a product. Raises SkuTaken, PriceInvalid."""
    product, created = Product.objects.get_or_create(
        sku=sku,
        defaults={
            "title": title,
            "description": description,
            "price_minor": _require_market_currency(price).minor,
            "currency": price.currency,
            "stock": stock,
            "supplied": stock,
        },
    )
    if not created:
        raise SkuTaken("another product has this sku", sku=sku)
    return product


@transaction.atomic
def update_product(
    *,
    sku: str,
    etag: str = "",
    title: str | None = None,
    description: str | None = None,
    price: Amount | None = None,
    stock: int | None = None,
) -> Product:
    """Changes what is given, provided that an etag, when given too, is still current.

    `stock` replaces what is left to order; what orders hold already is not part of it.
    Raises ProductNotFound, EtagMismatch, PriceInvalid, InvalidArgument for an empty title.
    """
    product = queries.product_for_update(sku=sku)
    check_etag(etag, str(product.version))
    if title is not None:
        product.title = _require_title(title)
    if description is not None:
        product.description = description
    if price is not None:
        product.price_minor = _require_market_currency(price).minor
        product.currency = price.currency
    if stock is not None:
        product.supplied += stock - product.stock
        product.stock = stock
    product.version += 1
    product.update_time = Now()
    product.save()
    product.refresh_from_db(fields=["update_time"])
    return product


def return_stock(*, quantities: Mapping[str, int]) -> None:
    """Gives back what an order held of each product, as part of the current transaction."""
    queries.products_for_update(skus=quantities)  # locks them in one order
    execute(_RETURN_STOCK, [list(quantities), list(quantities.values())])


def _require_title(title: str) -> str:
    if not title:
        text = "a product needs a title"
        raise InvalidArgument(text, violations=[FieldViolation("product.title", text)])
    return title


def _require_market_currency(price: Amount) -> Amount:
    if price.currency != settings.MARKET_CURRENCY:
        raise PriceInvalid(f"prices are in {settings.MARKET_CURRENCY}")
    return price
