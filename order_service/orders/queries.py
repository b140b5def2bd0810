from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import compress, product
from typing import Any
from uuid import UUID

from django.db.models import CharField, Exists, OuterRef, QuerySet
from django.db.models.functions import Cast, Now

from mesh.contract.pagination import PageTokenInvalid, page_position, page_size, shown
from mesh.db.sql import rows
from mesh.outbox.models import Step
from order_service.orders.errors import OrderNotFound
from order_service.orders.models import Order, OrderEvent
from order_service.orders.rows import FoundOrder, Listing, OrderRow
from order_service.orders.states import STEP_FOR_STATE

_ORDER = ", ".join(OrderRow._fields)
# Ids as text, as messages have them.
_COLUMNS = f"""
    {", ".join(f"{name}::text" if name.endswith("id") else name for name in OrderRow._fields)},
    skus, titles, quantities, unit_prices_minor
"""
_ITEMS = """
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(sku ORDER BY position), '{}') AS skus,
            coalesce(array_agg(title ORDER BY position), '{}') AS titles,
            coalesce(array_agg(quantity ORDER BY position), '{}') AS quantities,
            coalesce(array_agg(unit_price_minor ORDER BY position), '{}') AS unit_prices_minor
        FROM orders_orderitem WHERE order_id = orders_order.id
    ) AS items
"""
# To whom an order is shown is part of what is asked for, so that one statement reads for many.
_SEEN_BY = f"""
    SELECT place, {_COLUMNS}
    FROM unnest(
        (SELECT %(order_ids)s::uuid[])::uuid[], (SELECT %(owners)s::uuid[])::uuid[]
    ) WITH ORDINALITY
        AS asked (order_id, owner, place)
    JOIN orders_order ON orders_order.id = asked.order_id AND (owner IS NULL OR user_id = owner)
    {_ITEMS}
"""  # noqa: S608  # put together of constants


Page = tuple[list[FoundOrder], str]
# A user, a state and an id that the page's orders come after; None for any.
_Where = tuple[str | None, str | None, str | None]


def _pages_statement(*conditions: str) -> str:
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"""
        SELECT place, {_COLUMNS}
        FROM unnest(
            (SELECT %(user_ids)s::uuid[])::uuid[], (SELECT %(states)s::text[])::text[],
            (SELECT %(befores)s::uuid[])::uuid[], (SELECT %(mosts)s::int[])::int[]
        ) WITH ORDINALITY AS asked (asked_user, asked_state, before, most, place)
        CROSS JOIN LATERAL (
            SELECT {_ORDER} FROM orders_order {where} ORDER BY id DESC LIMIT most
        ) AS orders_order {_ITEMS}
        ORDER BY place, orders_order.id DESC
    """  # noqa: S608  # put together of constants


_CONDITIONS = ("user_id = asked_user", "state = asked_state", "id < before")
# By whether a user, a state and a position are given: each has a plan of its own.
_PAGES = {
    given: _pages_statement(*compress(_CONDITIONS, given))
    for given in product((False, True), repeat=len(_CONDITIONS))
}


def order(*, order_id: UUID, owner: str | None = None) -> Order:
    """An order without its items; of one owner, or None for anybody's. Raises OrderNotFound."""
    return _one(_owned_by(owner), order_id)


def orders_seen_by(asked: Sequence[tuple[UUID, str | None]]) -> list[FoundOrder | None]:
    """Returns the orders of these ids, each with its items if it is that owner's; None for any's.

    None takes the place of one that is not there, or not the owner's to see.
    """
    order_ids, owners = zip(*asked, strict=True)
    values = {"order_ids": list(order_ids), "owners": list(owners)}
    found = {place: _found(*row) for place, *row in rows(_SEEN_BY, values, binary=True)}
    return [found.get(place) for place in range(1, len(asked) + 1)]


def order_for_update(*, order_id: UUID, owner: str | None = None) -> Order:
    """An order with its items, locked until the transaction ends.

    Of one owner, or None for anybody's. Raises OrderNotFound.
    """
    locked = _owned_by(owner).select_for_update(no_key=True).prefetch_related("items")
    return _one(locked, order_id)


def pending_too_long_for_update(*, limit_s: int, size: int) -> list[Order]:
    """Some orders placed longer ago than the limit and PENDING still, with their items."""
    placed_before = Now() - timedelta(seconds=limit_s)
    pending = Order.objects.filter(state=Order.State.PENDING, create_time__lt=placed_before)
    return _some_for_update(pending, size)


def forsaken_for_update(*, size: int) -> list[Order]:
    """Some orders that are not at rest and have no step left that would bring them there."""
    of_order = Step.objects.filter(key=Cast(OuterRef("id"), CharField()), done_time__isnull=True)
    forsaken = Order.objects.filter(~Exists(of_order), state__in=STEP_FOR_STATE)
    return _some_for_update(forsaken, size)


def orders_pages(asked: Sequence[Listing]) -> list[Page | PageTokenInvalid]:
    """Returns pages of orders with their items, newest first, and the token of each next page.

    An error takes the place of a page whose token is none of its listing's. Pages for which the
    same is given are read by one statement.
    """
    pages: dict[Listing, Page | PageTokenInvalid] = {}
    alike = defaultdict[tuple[bool, ...], dict[Listing, _Where]](dict)
    for one in asked:
        try:
            position = page_position(one.token, *one.pages)
        except PageTokenInvalid as error:
            pages[one] = error
        else:
            where = one.user_id or None, one.state or None, position
            alike[tuple(each is not None for each in where)][one] = where
    for given, listings in alike.items():
        pages.update(_read(_PAGES[given], listings))
    return [pages[one] for one in asked]


def _read(statement: str, listings: Mapping[Listing, _Where]) -> Iterator[tuple[Listing, Page]]:
    user_ids, states, befores = zip(*listings.values(), strict=True)
    values = {
        "user_ids": list(user_ids),
        "states": list(states),
        "befores": list(befores),
        "mosts": [page_size(one.size) + 1 for one in listings],
    }
    found: list[list[FoundOrder]] = [[] for _ in listings]
    for place, *row in rows(statement, values, binary=True):
        found[place - 1].append(_found(*row))
    for one, orders in zip(listings, found, strict=True):
        yield one, shown(orders, *one.pages, size=one.size, position=lambda each: each.order.id)


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


def _some_for_update(orders: QuerySet[Order], size: int) -> list[Order]:
    """The oldest, locked until the transaction ends; without those that others have locked."""
    locked = orders.select_for_update(no_key=True, skip_locked=True).prefetch_related("items")
    return list(locked.order_by("id")[:size])


def _found(*row: Any) -> FoundOrder:
    """Returns the order of a row, whose last columns have the items'."""
    *order, skus, titles, quantities, prices = row
    return FoundOrder(
        OrderRow._make(order), list(zip(skus, titles, quantities, prices, strict=True))
    )


def _one(orders: QuerySet[Order], order_id: UUID) -> Order:
    try:
        return orders.get(id=order_id)
    except Order.DoesNotExist:
        raise OrderNotFound("there is no such order") from None


def _owned_by(owner: str | None) -> QuerySet[Order]:
    return Order.objects.all() if owner is None else Order.objects.filter(user_id=owner)
