"""Rows as their messages need them, without the price of models."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID

from order_service.orders.models import Order

# An order line's sku, title, quantity and price in minor units.
Line = tuple[str, str, int, int]


class OrderRow(NamedTuple):
    """An order's; named as its model's fields are. What is read has its ids as text."""

    id: UUID | str
    user_id: UUID | str
    state: str
    currency: str
    total_minor: int
    refunded_minor: int
    payment_id: UUID | str | None
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
    """A Line, named as its model's fields are."""

    product_id: str
    title: str
    quantity: int
    unit_price_minor: int


class FoundOrder(NamedTuple):
    """An order with its items."""

    order: OrderRow
    lines: Sequence[Line]


class Listing(NamedTuple):
    """A page of orders that is asked for.

    An empty `user_id` means everybody's, an empty `state` any.
    """

    user_id: str = ""
    state: str = ""
    size: int = 0
    token: str = ""

    @property
    def pages(self) -> tuple[str, str, str]:
        """Returns what its pages have in common."""
        return "orders", self.user_id, self.state
