"""What a client that watches an order is sent."""

from collections.abc import Iterator, Mapping
from uuid import UUID

from market.order.v1 import order_pb2
from mesh.context import visible_owner
from mesh.rpc.streaming.watch import Event, Watch, WatchTarget
from order_service.orders import convert, events, queries
from order_service.orders.states import is_final


def find(request: order_pb2.WatchOrderRequest) -> WatchTarget:
    """Raises OrderNotFound."""
    order = queries.order(order_id=UUID(request.order_id), owner=visible_owner())
    return WatchTarget(str(order.id), request.after_event, ended=is_final(order.state))


def events_after(positions: Mapping[str, int]) -> Iterator[Event]:
    for event in queries.events_after(positions=positions):
        message = order_pb2.WatchOrderResponse(event=convert.event_to_wire(event))
        # A refund may follow the event of a final state: none follows the newest one.
        final = is_final(event.state) and event.seq >= event.order.version
        yield Event(str(event.order_id), event.seq, message, final=final)


WATCH_ORDER = Watch(find, events.CHANNEL, events_after)
