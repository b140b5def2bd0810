from uuid import UUID

from django_grpc_framework.services import Service
from grpc import ServicerContext as Context

from market.order.v1 import order_pb2 as pb
from mesh.context import caller, visible_owner
from mesh.contract.money import from_wire
from mesh.rpc.idempotency.once import once, stored_response
from order_service.orders import actions, clients, convert, queries


class OrderService(Service):  # type: ignore[misc]  # ships no types
    """Serves `market.order.v1.OrderService`."""

    def CreateOrder(self, request: pb.CreateOrderRequest, _: Context) -> pb.CreateOrderResponse:
        if stored := stored_response(request, pb.CreateOrderResponse):
            return stored
        user_id = UUID(request.user_id or caller().user_id)
        clients.require_user(user_id)

        def place() -> pb.CreateOrderResponse:
            order, items = actions.place_order(
                user_id=user_id,
                quantities={item.sku: item.quantity for item in request.items},
                payment_method=request.payment_method,
            )
            return pb.CreateOrderResponse(order=convert.to_wire(order, items))

        return once(request, place)

    def GetOrder(self, request: pb.GetOrderRequest, _: Context) -> pb.GetOrderResponse:
        order = queries.order_seen_by(owner=visible_owner(), order_id=UUID(request.order_id))
        return pb.GetOrderResponse(order=convert.to_wire(order, order.items.all()))

    def ListOrders(self, request: pb.ListOrdersRequest, _: Context) -> pb.ListOrdersResponse:
        orders, next_page_token = queries.orders_page(
            user_id=request.user_id,
            state=convert.state_filter(request.state),
            size=request.page_size,
            token=request.page_token,
        )
        return pb.ListOrdersResponse(
            orders=(convert.to_wire(order, order.items.all()) for order in orders),
            next_page_token=next_page_token,
        )

    def CancelOrder(self, request: pb.CancelOrderRequest, _: Context) -> pb.CancelOrderResponse:
        def cancel() -> pb.CancelOrderResponse:
            order = actions.cancel_order(
                order_id=UUID(request.order_id),
                owner=visible_owner(),
                reason=convert.cancel_reason(request.reason),
            )
            return pb.CancelOrderResponse(order=convert.to_wire(order, order.items.all()))

        return once(request, cancel)

    def FulfillOrder(self, request: pb.FulfillOrderRequest, _: Context) -> pb.FulfillOrderResponse:
        def fulfill() -> pb.FulfillOrderResponse:
            order = actions.fulfill_order(order_id=UUID(request.order_id))
            return pb.FulfillOrderResponse(order=convert.to_wire(order, order.items.all()))

        return once(request, fulfill)

    def RecordRefund(self, request: pb.RecordRefundRequest, _: Context) -> pb.RecordRefundResponse:
        order = actions.record_refund(
            order_id=UUID(request.order_id),
            payment_id=UUID(request.payment_id),
            refunded=from_wire(request.refunded_amount, "refunded_amount"),
        )
        return pb.RecordRefundResponse(order=convert.to_wire(order, order.items.all()))
