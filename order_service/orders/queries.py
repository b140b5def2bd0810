from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.db.models import CharField, Exists, OuterRef, QuerySet
from django.db.models.functions import Cast, Now

from mesh.contract.pagination import page
from mesh.outbox.models import Step
from order_service.orders.errors import OrderNotFound
from order_service.orders.models import Order, OrderEvent
from order_service.orders.states import STEP_FOR_STATE


def order(*, order_id: UUID, owner: str | None = None) -> Order:
    """An order without its items; of one owner, or None for anybody's. Raises OrderNotFound."""
    return _one(_owned_by(owner), order_id)


def order_seen_by(*, owner: str | None, order_id: UUID) -> Order:
    """An order with its items; of one owner, or None for anybody's. Raises OrderNotFound."""
    return _one(_owned_by(owner).prefetch_related("items"), order_id)


def order_for_update(*, order_id: UUID, owner: str | None = None) -> Order:
    """An order with its items, locked until the transaction ends.

    Of one owner, or None for anybody's. Raises OrderNotFound.
    """
    rows = _owned_by(owner).select_for_update(no_key=True).prefetch_related("items")
    return _one(rows, order_id)


def pending_too_long_for_update(*, limit_s: int, size: int) -> list[Order]:
    """Some orders placed longer ago than the limit and PENDING still, with their items."""
    placed_before = Now() - timedelta(seconds=limit_s)
    rows = Order.objects.filter(state=Order.State.PENDING, create_time__lt=placed_before)
    return _some_for_update(rows, size)


def forsaken_for_update(*, size: int) -> list[Order]:
    """Some orders that are not at rest and have no step left that would bring them there."""
    of_order = Step.objects.filter(key=Cast(OuterRef("id"), CharField()), done_time__isnull=True)
    rows = Order.objects.filter(~Exists(of_order), state__in=STEP_FOR_STATE)
    return _some_for_update(rows, size)


def orders_page(*, user_id: str, state: str, size: int, token: str) -> tuple[list[Order], str]:
    """Returns a page of orders with their items, newest first, and the token of the next page.

    An empty `user_id` means everybody's, an empty `state` any. Raises PageTokenInvalid.
    """
    rows = _owned_by(user_id or None).prefetch_related("items")
    if state:
        rows = rows.filter(state=state)
    return page(rows, "orders", user_id, state, size=size, token=token)


def events_after(*, positions: Mapping[str, int]) -> list[OrderEvent]:
    """What happened to these orders, by id, to each after a `seq`; each order's in turn.

    With the orders, as amounts are in their currency.
    """
    # An order has a few, so leaving out those seen already is not worth more SQL.
    found = (
        OrderEvent.objects.filter(order_id__in=positions)
        .select_related("order")
        .order_by("order_id", "seq")
    )
    return [event for event in found if event.seq > positions[str(event.order_id)]]


def _some_for_update(rows: QuerySet[Order], size: int) -> list[Order]:
    """The oldest, locked until the transaction ends; without those that others have locked."""
    locked = rows.select_for_update(no_key=True, skip_locked=True).prefetch_related("items")
    return list(locked.order_by("id")[:size])


def _one(rows: QuerySet[Order], order_id: UUID) -> Order:
    try:
        return rows.get(id=order_id)
    except Order.DoesNotExist:
        raise OrderNotFound("there is no such order") from None


def _owned_by(owner: str | None) -> QuerySet[Order]:
    return Order.objects.all() if owner is None else Order.objects.filter(user_id=owner)
