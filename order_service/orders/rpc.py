import itertools
from collections.abc import Sequence
from uuid import UUID

from django_grpc_framework.services import Service
from grpc import ServicerContext as Context

from market.order.v1 import order_pb2 as pb
from mesh.context import Call, serving_now, visible_owner
from mesh.contract.money import from_wire
from mesh.core.errors import DomainError
from mesh.core.failpoints import failpoint
from mesh.rpc.batching.calls import Asked, Instead
from mesh.rpc.idempotency.claim import Claim, NotClaimed
from mesh.rpc.idempotency.once import once, once_by
from order_service.catalog.queries import offers as offers_for
from order_service.orders import actions, clients, convert, queries
from order_service.orders.errors import OrderNotFound

# Orders that are placed together wait so long for a product that is locked.
WAITS_MS = 50


def get_orders(asked: Sequence[Asked]) -> list[pb.GetOrderResponse | DomainError]:
    """Serves GetOrder."""
    found = queries.orders_seen_by([(UUID(each.request.order_id), each.owner) for each in asked])
    return [
        pb.GetOrderResponse(order=convert.fields(*one))
        if one
        else OrderNotFound("there is no such order")
        for one in found
    ]


def list_orders(asked: Sequence[Asked]) -> list[pb.ListOrdersResponse | DomainError]:
    """Serves ListOrders."""
    pages = queries.orders_pages([convert.listing(each.request) for each in asked])
    return [
        page
        if isinstance(page, DomainError)
        else pb.ListOrdersResponse(
            orders=itertools.starmap(convert.fields, page[0]), next_page_token=page[1]
        )
        for page in pages
    ]


def create_orders(asked: Sequence[Asked]) -> list[pb.CreateOrderResponse | DomainError | Instead]:
    """Serves CreateOrder for several calls at once, but not what would hold the others up."""
    placings = [_placing(each.request, each.call) for each in asked]
    outcomes = _place(placings, waits_ms=WAITS_MS)
    failpoint("request.committed")
    return [Instead.ALONE if isinstance(each, NotClaimed) else each for each in outcomes]


def _placing(request: pb.CreateOrderRequest, call: Call) -> actions.Placing:
    return actions.Placing(
        user_id=UUID(request.user_id or call.caller.user_id),
        quantities={item.sku: item.quantity for item in request.items},
        payment_method=request.payment_method,
        claim=Claim.of(request, call),
    )


def _place(placings: Sequence[actions.Placing], *, waits_ms: int = 0) -> list[actions.Outcome]:
    offers = offers_for(
        skus={sku for each in placings for sku in each.quantities},
        claims=[each.claim for each in placings],
    )
    new = [each for place, each in enumerate(placings) if place not in offers.stored]
    refused = clients.refused_users({each.user_id: each.claim.call for each in new})
    return actions.place_orders(placings, offers, refused=refused, waits_ms=waits_ms)


class OrderService(Service):  # type: ignore[misc]  # ships no types
    """Serves `market.order.v1.OrderService`, all but the functions above."""

    def CreateOrder(self, request: pb.CreateOrderRequest, _: Context) -> pb.CreateOrderResponse:
        placing = _placing(request, serving_now())
        return once_by(placing.claim, lambda: _place([placing])[0])

    def CancelOrder(self, request: pb.CancelOrderRequest, _: Context) -> pb.CancelOrderResponse:
        def cancel() -> pb.CancelOrderResponse:
            order = actions.cancel_order(
                order_id=UUID(request.order_id),
                owner=visible_owner(),
                reason=convert.cancel_reason(request.reason),
            )
            return pb.CancelOrderResponse(order=convert.to_wire(order))

        return once(request, cancel)

    def FulfillOrder(self, request: pb.FulfillOrderRequest, _: Context) -> pb.FulfillOrderResponse:
        def fulfill() -> pb.FulfillOrderResponse:
            order = actions.fulfill_order(order_id=UUID(request.order_id))
            return pb.FulfillOrderResponse(order=convert.to_wire(order))

        return once(request, fulfill)

    def RecordRefund(self, request: pb.RecordRefundRequest, _: Context) -> pb.RecordRefundResponse:
        order = actions.record_refund(
            order_id=UUID(request.order_id),
            payment_id=UUID(request.payment_id),
            refunded=from_wire(request.refunded_amount, "refunded_amount"),
        )
        return pb.RecordRefundResponse(order=convert.to_wire(order))
