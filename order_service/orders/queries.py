from uuid import UUID

from django.db.models import QuerySet

from order_service.orders.errors import OrderNotFound
from order_service.orders.models import Order


def order(*, order_id: UUID) -> Order:
    """An order without its items. Raises OrderNotFound."""
    return _one(Order.objects.all(), order_id)


def order_seen_by(*, owner: str | None, order_id: UUID) -> Order:
    """An order with its items; of one owner, or None for anybody's. Raises OrderNotFound."""
    return _one(_owned_by(owner).prefetch_related("items"), order_id)


def order_for_update(*, order_id: UUID) -> Order:
    """An order with its items, locked until the transaction ends. Raises OrderNotFound."""
    rows = Order.objects.select_for_update(no_key=True).prefetch_related("items")
    return _one(rows, order_id)


def orders_page(
    *, user_id: str, state: str, before_id: str | None, size: int
) -> tuple[list[Order], bool]:
    """A page of orders with their items, newest first, and whether there are more.

    An empty `user_id` means everybody's, an empty `state` any.
    """
    rows = _owned_by(user_id or None).prefetch_related("items").order_by("-id")
    if state:
        rows = rows.filter(state=state)
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    found = list(rows[: size + 1])
    return found[:size], len(found) > size


def _one(rows: QuerySet[Order], order_id: UUID) -> Order:
    try:
        return rows.get(id=order_id)
    except Order.DoesNotExist:
        raise OrderNotFound("there is no such order") from None


def _owned_by(owner: str | None) -> QuerySet[Order]:
    return Order.objects.all() if owner is None else Order.objects.filter(user_id=owner)
