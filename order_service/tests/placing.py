"""Placing orders without the user service, and seeing what became of the stock."""

from collections.abc import Mapping
from uuid import UUID

from mesh.core.ids import uuid7
from order_service.catalog.models import Product
from order_service.orders.actions import place_order
from order_service.orders.models import Order


def place(
    quantities: Mapping[str, int], user_id: UUID | None = None, payment_method: str = "pm_ok"
) -> Order:
    order, _ = place_order(
        user_id=user_id or uuid7(), quantities=quantities, payment_method=payment_method
    )
    return order


def stock() -> dict[str, int]:
    return dict(Product.objects.values_list("sku", "stock"))
