from uuid import UUID

import grpc
from django_grpc_framework.services import Service

from market.order.v1 import order_pb2
from mesh.context import caller, visible_owner
from mesh.rpc.idempotency.once import once, stored_response
from order_service.orders import actions, clients, convert, queries


class OrderService(Service):  # type: ignore[misc]  # ships no types
    """Serves `market.order.v1.OrderService`."""

    def CreateOrder(
        self, request: order_pb2.CreateOrderRequest, context: grpc.ServicerContext
    ) -> order_pb2.CreateOrderResponse:
        if stored := stored_response(request, order_pb2.CreateOrderResponse):
            return stored
        user_id = UUID(request.user_id or caller().user_id)
        clients.require_user(user_id)

        def place() -> order_pb2.CreateOrderResponse:
            order, items = actions.place_order(
                user_id=user_id,
                quantities={item.sku: item.quantity for item in request.items},
                payment_method=request.payment_method,
            )
            return order_pb2.CreateOrderResponse(order=convert.to_wire(order, items))

        return once(request, place)

    def GetOrder(
        self, request: order_pb2.GetOrderRequest, context: grpc.ServicerContext
    ) -> order_pb2.GetOrderResponse:
        order = queries.order_seen_by(owner=visible_owner(), order_id=UUID(request.order_id))
        return order_pb2.GetOrderResponse(order=convert.to_wire(order, order.items.all()))

    def ListOrders(
        self, request: order_pb2.ListOrdersRequest, context: grpc.ServicerContext
    ) -> order_pb2.ListOrdersResponse:
        orders, next_page_token = queries.orders_page(
            user_id=request.user_id,
            state=convert.state_filter(request.state),
            size=request.page_size,
            token=request.page_token,
        )
        return order_pb2.ListOrdersResponse(
            orders=(convert.to_wire(order, order.items.all()) for order in orders),
            next_page_token=next_page_token,
        )

    def CancelOrder(
        self, request: order_pb2.CancelOrderRequest, context: grpc.ServicerContext
    ) -> order_pb2.CancelOrderResponse:
        def cancel() -> order_pb2.CancelOrderResponse:
            order = actions.cancel_order(
                order_id=UUID(request.order_id),
                owner=visible_owner(),
                reason=convert.cancel_reason(request.reason),
            )
            return order_pb2.CancelOrderResponse(order=convert.to_wire(order, order.items.all()))

        return once(request, cancel)

    def FulfillOrder(
        self, request: order_pb2.FulfillOrderRequest, context: grpc.ServicerContext
    ) -> order_pb2.FulfillOrderResponse:
        def fulfill() -> order_pb2.FulfillOrderResponse:
            order = actions.fulfill_order(order_id=UUID(request.order_id))
            return order_pb2.FulfillOrderResponse(order=convert.to_wire(order, order.items.all()))

        return once(request, fulfill)

    def RecordRefund(
        self, request: order_pb2.RecordRefundRequest, context: grpc.ServicerContext
    ) -> order_pb2.RecordRefundResponse:
        order = actions.record_refund(
            order_id=UUID(request.order_id),
            payment_id=UUID(request.payment_id),
            refunded=convert.refunded_amount(request.refunded_amount),
        )
        return order_pb2.RecordRefundResponse(order=convert.to_wire(order, order.items.all()))
