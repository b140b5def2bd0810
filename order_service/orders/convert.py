"""Between rows and the messages of `market.order.v1`."""

from collections.abc import Iterable
from typing import Any

from market.order.v1 import order_pb2
from mesh.contract import money, timestamps
from order_service.orders.models import Order, OrderEvent, OrderItem
from order_service.orders.rows import ItemRow, OrderRow

STATE_PREFIX = "ORDER_STATE_"
CANCEL_REASON_PREFIX = "CANCEL_REASON_"
UNSPECIFIED = "UNSPECIFIED"


def to_wire(
    order: Order | OrderRow, items: Iterable[OrderItem] | Iterable[ItemRow]
) -> order_pb2.Order:
    return order_pb2.Order(
        id=str(order.id),
        user_id=str(order.user_id),
        state=STATE_PREFIX + order.state,
        items=[_item_to_wire(item, order.currency) for item in items],
        total=money.fields(order.total_minor, order.currency),
        refunded_amount=money.fields(order.refunded_minor, order.currency),
        payment_id=str(order.payment_id or ""),
        cancel_reason=_cancel_reason(order.cancel_reason),
        create_time=timestamps.fields(order.create_time),
        update_time=timestamps.fields(order.update_time),
        etag=str(order.version),
    )


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


def _item_to_wire(item: OrderItem | ItemRow, currency: str) -> dict[str, Any]:
    """Returns the fields of an OrderItem; a message of its own would be copied."""
    return {
        "sku": item.product_id,
        "title": item.title,
        "quantity": item.quantity,
        "unit_price": money.fields(item.unit_price_minor, currency),
    }


def cancel_reason(reason: order_pb2.CancelReason) -> Order.CancelReason:
    """Why a caller gives an order up; asked for, unless it says otherwise."""
    name = order_pb2.CancelReason.Name(reason).removeprefix(CANCEL_REASON_PREFIX)
    return Order.CancelReason.REQUESTED if name == UNSPECIFIED else Order.CancelReason(name)


def _cancel_reason(reason: str) -> str:
    return CANCEL_REASON_PREFIX + (reason or UNSPECIFIED)


def state_filter(state: order_pb2.OrderState) -> str:
    """As `queries.orders_page` takes it: empty for any."""
    name = order_pb2.OrderState.Name(state).removeprefix(STATE_PREFIX)
    return "" if name == UNSPECIFIED else name
