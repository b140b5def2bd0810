from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.conf import settings

from market.order.v1 import order_pb2
from mesh.core.failpoints import failpoint
from mesh.core.ids import uuid7
from mesh.outbox.wakeup import wake_on_commit
from mesh.rpc.idempotency.claim import Claim
from mesh.telemetry.metrics import count_on_commit
from order_service.catalog.queries import Offer
from order_service.orders import convert
from order_service.orders.actions.place_statement import insert
from order_service.orders.errors import OutOfStock, ProductNotFound, TotalTooLarge
from order_service.orders.metrics import ORDERS
from order_service.orders.models import MAX_TOTAL_MINOR, Order
from order_service.orders.rows import ItemRow, OrderRow


def place_order(
    *,
    user_id: UUID,
    quantities: Mapping[str, int],
    payment_method: str,
    offers: Mapping[str, Offer],
    placed_at: datetime,
    claim: Claim,
) -> order_pb2.CreateOrderResponse:
    """Orders so many of each sku as offered, holds the stock, enqueues the charge.

    One statement does all this and stores the response. Raises NotClaimed, having written
    nothing, unless every line is still offered so and the request is new; ProductNotFound,
    OutOfStock, TotalTooLarge. `placed_at` is by the database's clock.
    """
    _check_lines(quantities, offers)
    items = [
        ItemRow(sku, offers[sku].title, quantity, offers[sku].price_minor)
        for sku, quantity in quantities.items()
    ]
    order = OrderRow.placed(
        order_id=uuid7(),
        user_id=user_id,
        currency=settings.MARKET_CURRENCY,
        total_minor=sum(item.unit_price_minor * item.quantity for item in items),
        time=placed_at,
    )
    if order.total_minor > MAX_TOTAL_MINOR:
        raise TotalTooLarge("the order's sum is above what one order may cost")
    response = order_pb2.CreateOrderResponse(order=convert.fields(order, items))
    failpoint("order.place.decided")
    insert(order, items, payment_method=payment_method, claim=claim, response=response)
    count_on_commit(ORDERS, state=Order.State.PENDING)
    wake_on_commit()
    return response


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
