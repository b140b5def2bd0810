"""Between rows and the messages of `market.order.v1`."""

from collections.abc import Iterable
from typing import Any

from market.order.v1 import order_pb2
from mesh.contract import money, timestamps
from order_service.orders.models import Order, OrderEvent
from order_service.orders.rows import Line, Listing, OrderRow

STATE_PREFIX = "ORDER_STATE_"
CANCEL_REASON_PREFIX = "CANCEL_REASON_"
UNSPECIFIED = "UNSPECIFIED"


def to_wire(order: Order) -> order_pb2.Order:
    """Returns the order with its items."""
    lines = [
        (item.product_id, item.title, item.quantity, item.unit_price_minor)
        for item in order.items.all()
    ]
    return order_pb2.Order(**fields(order, lines))


def fields(order: Order | OrderRow, lines: Iterable[Line]) -> dict[str, Any]:
    """Returns the fields of an Order, which messages take in place of one: they copy one."""
    currency = order.currency
    return {
        "id": str(order.id),
        "user_id": str(order.user_id),
        "state": STATE_PREFIX + order.state,
        "items": [
            {
                "sku": sku,
                "title": title,
                "quantity": quantity,
                "unit_price": money.fields(unit_price_minor, currency),
            }
            for sku, title, quantity, unit_price_minor in lines
        ],
        "total": money.fields(order.total_minor, currency),
        "refunded_amount": money.fields(order.refunded_minor, currency),
        "payment_id": str(order.payment_id or ""),
        "cancel_reason": _cancel_reason(order.cancel_reason),
        "create_time": timestamps.fields(order.create_time),
        "update_time": timestamps.fields(order.update_time),
        "etag": str(order.version),
    }


def event_to_wire(event: OrderEvent) -> order_pb2.OrderEvent:
    return order_pb2.OrderEvent(
        seq=event.seq,
        order_id=str(event.order_id),
        state=STATE_PREFIX + event.state,
        cancel_reason=_cancel_reason(event.cancel_reason),
        etag=str(event.seq),
        refunded_amount=money.fields(event.refunded_minor, event.order.currency),
        create_time=timestamps.fields(event.create_time),
    )


def cancel_reason(reason: order_pb2.CancelReason) -> Order.CancelReason:
    """Why a caller gives an order up; asked for, unless it says otherwise."""
    name = order_pb2.CancelReason.Name(reason).removeprefix(CANCEL_REASON_PREFIX)
    return Order.CancelReason.REQUESTED if name == UNSPECIFIED else Order.CancelReason(name)


def _cancel_reason(reason: str) -> str:
    return CANCEL_REASON_PREFIX + (reason or UNSPECIFIED)


def listing(request: order_pb2.ListOrdersRequest) -> Listing:
    state = order_pb2.OrderState.Name(request.state).removeprefix(STATE_PREFIX)
    return Listing(
        user_id=request.user_id,
        state="" if state == UNSPECIFIED else state,
        size=request.page_size,
        token=request.page_token,
    )
