from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, cast
from uuid import UUID

from django.conf import settings

from market.order.v1 import order_pb2
from mesh.core.errors import DomainError
from mesh.core.failpoints import failpoint
from mesh.core.ids import uuid7
from mesh.outbox.wakeup import wake_on_commit
from mesh.rpc.idempotency.claim import Claim, NotClaimed
from mesh.telemetry.metrics import count_on_commit
from order_service.catalog.queries import Offer, Offers
from order_service.orders import convert
from order_service.orders.actions.place_statement import NewOrder, insert
from order_service.orders.errors import OutOfStock, ProductNotFound, TotalTooLarge
from order_service.orders.metrics import ORDERS
from order_service.orders.models import MAX_TOTAL_MINOR, Order
from order_service.orders.rows import ItemRow, OrderRow

Outcome = order_pb2.CreateOrderResponse | DomainError | NotClaimed


class Placing(NamedTuple):
    """An order to be placed: so many of each sku."""

    user_id: UUID
    quantities: Mapping[str, int]
    payment_method: str
    claim: Claim


def place_orders(
    asked: Sequence[Placing],
    offers: Offers,
    *,
    refused: Mapping[UUID, DomainError],
    waits_ms: int = 0,
) -> list[Outcome]:
    """Orders so many of each sku as offered, holds the stock, enqueues the charge.

    One statement does all this for all orders and stores the responses. `refused` says why none
    is placed for these users. A request that got a response before gets that. An order is
    NotClaimed, and nothing of it is written, unless every line is still offered so and the
    request is new; all are where a product is locked for longer than `waits_ms`, if not 0. Else
    it ends with ProductNotFound, OutOfStock, TotalTooLarge, RequestIdReused.
    """
    decided = [_decided(each, offers, place, refused) for place, each in enumerate(asked)]
    failpoint("order.place.decided")
    new = [each for each in decided if isinstance(each, NewOrder)]
    left = insert(new, waits_ms=waits_ms) if new else []
    if placed := left.count(None):
        count_on_commit(ORDERS, placed, state=Order.State.PENDING)
        wake_on_commit()
    written = iter(left)
    return [
        next(written) or each.response if isinstance(each, NewOrder) else each for each in decided
    ]


def _decided(
    asked: Placing, offers: Offers, place: int, refused: Mapping[UUID, DomainError]
) -> NewOrder | Outcome:
    try:
        if stored := offers.stored.get(place):
            return cast("order_pb2.CreateOrderResponse", asked.claim.replayed(*stored))
        if error := refused.get(asked.user_id):
            return error
        return _new_order(asked, offers.by_sku, offers.time)
    except DomainError as error:
        return error


def _new_order(asked: Placing, offers: Mapping[str, Offer], placed_at: datetime) -> NewOrder:
    """Raises ProductNotFound, OutOfStock, TotalTooLarge."""
    _check_lines(asked.quantities, offers)
    items = [
        ItemRow(sku, offers[sku].title, quantity, offers[sku].price_minor)
        for sku, quantity in asked.quantities.items()
    ]
    order = OrderRow.placed(
        order_id=uuid7(),
        user_id=asked.user_id,
        currency=settings.MARKET_CURRENCY,
        total_minor=sum(item.unit_price_minor * item.quantity for item in items),
        time=placed_at,
    )
    if order.total_minor > MAX_TOTAL_MINOR:
        raise TotalTooLarge("the order's sum is above what one order may cost")
    response = order_pb2.CreateOrderResponse(order=convert.fields(order, items))
    return NewOrder(order, items, asked.payment_method, asked.claim, response)


def _check_lines(quantities: Mapping[str, int], offers: Mapping[str, Offer]) -> None:
    """Raises ProductNotFound, OutOfStock; each names every line that it is about."""
    lines = list(enumerate(quantities))
    if missing := [(index, sku) for index, sku in lines if not _on_sale(offers.get(sku))]:
        raise ProductNotFound(missing)
    if short := [(index, sku) for index, sku in lines if offers[sku].stock < quantities[sku]]:
        raise OutOfStock(short)


def _on_sale(offer: Offer | None) -> bool:
    """Returns whether the product exists and is priced in the market's currency."""
    return offer is not None and offer.currency == settings.MARKET_CURRENCY
