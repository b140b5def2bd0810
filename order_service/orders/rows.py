"""Rows as their messages need them, without the price of models."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID

from order_service.orders.models import Order


class OrderRow(NamedTuple):
    """An order's; named as its model's fields are."""

    id: UUID
    user_id: UUID
    state: str
    currency: str
    total_minor: int
    refunded_minor: int
    payment_id: UUID | None
    cancel_reason: str
    version: int
    create_time: datetime
    update_time: datetime

    @classmethod
    def placed(
        cls, *, order_id: UUID, user_id: UUID, currency: str, total_minor: int, time: datetime
    ) -> Self:
        """Returns a new order's."""
        state = Order.State.PENDING.value
        return cls(order_id, user_id, state, currency, total_minor, 0, None, "", 1, time, time)


class ItemRow(NamedTuple):
    """An order line's, likewise."""

    product_id: str
    title: str
    quantity: int
    unit_price_minor: int


class FoundOrder(NamedTuple):
    """An order with its items."""

    order: OrderRow
    items: Sequence[ItemRow]
