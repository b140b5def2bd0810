"""Rows as their messages need them, without the price of models."""

from datetime import datetime
from typing import NamedTuple


class ProductRow(NamedTuple):
    """A product's; named as its model's fields are."""

    sku: str
    title: str
    description: str
    price_minor: int
    currency: str
    stock: int
    version: int
    create_time: datetime
    update_time: datetime
