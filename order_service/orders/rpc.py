import itertools
from collections.abc import Sequence
from uuid import UUID

from django_grpc_framework.services import Service
from grpc import ServicerContext as Context

from market.order.v1 import order_pb2 as pb
from mesh.context import caller, visible_owner
from mesh.contract.money import from_wire
from mesh.core.errors import DomainError
from mesh.rpc.batching.reading import Asked
from mesh.rpc.idempotency.claim import Claim
from mesh.rpc.idempotency.once import once, once_by
from order_service.catalog.queries import offers as offers_for
from order_service.orders import actions, clients, convert, queries
from order_service.orders.errors import OrderNotFound


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


class OrderService(Service):  # type: ignore[misc]  # ships no types
    """Serves `market.order.v1.OrderService`, all but the functions above."""

    def CreateOrder(self, request: pb.CreateOrderRequest, _: Context) -> pb.CreateOrderResponse:
        user_id = UUID(request.user_id or caller().user_id)
        quantities = {item.sku: item.quantity for item in request.items}
        claim = Claim.of(request)

        def place() -> pb.CreateOrderResponse:
            time, offers = offers_for(skus=quantities, claim=claim)
            clients.require_user(user_id)
            return actions.place_order(
                user_id=user_id,
                quantities=quantities,
                payment_method=request.payment_method,
                offers=offers,
                placed_at=time,
                claim=claim,
            )

        return once_by(claim, place)

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
