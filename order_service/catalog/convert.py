"""Between rows and the messages of `market.catalog.v1`."""

from typing import TypedDict

from google.type.money_pb2 import Money

from market.catalog.v1 import catalog_pb2
from mesh.contract import money, timestamps
from mesh.contract.money import Amount, MoneyRefused
from order_service.catalog.errors import PriceInvalid
from order_service.catalog.models import Product
from order_service.catalog.rows import ProductRow

CHANGEABLE = frozenset({"title", "description", "price", "stock"})


class Changes(TypedDict, total=False):
    """What an update changes, as `actions.update_product` takes it."""

    title: str
    description: str
    price: Amount
    stock: int


def to_wire(product: Product | ProductRow) -> catalog_pb2.Product:
    return catalog_pb2.Product(
        sku=product.sku,
        title=product.title,
        description=product.description,
        price=money.fields(product.price_minor, product.currency),
        stock=product.stock,
        create_time=timestamps.fields(product.create_time),
        update_time=timestamps.fields(product.update_time),
        etag=str(product.version),
    )


def changes(product: catalog_pb2.Product, fields: set[str]) -> Changes:
    """Returns the named fields' values. Raises PriceInvalid."""
    changed = Changes()
    if "title" in fields:
        changed["title"] = product.title
    if "description" in fields:
        changed["description"] = product.description
    if "price" in fields:
        changed["price"] = price_from_wire(product.price)
    if "stock" in fields:
        changed["stock"] = product.stock
    return changed


def price_from_wire(sent: Money) -> Amount:
    """Raises PriceInvalid."""
    try:
        return money.from_wire(sent, "product.price")
    except MoneyRefused as error:
        raise PriceInvalid(error.detail) from error
