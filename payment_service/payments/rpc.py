from uuid import UUID, uuid4

import grpc
from django_grpc_framework.services import Service

from market.payment.v1 import payment_pb2
from mesh.context import serving_now, visible_owner
from payment_service.payments import actions, convert, queries


class PaymentService(Service):  # type: ignore[misc]  # ships no types
    """Serves `market.payment.v1.PaymentService`."""

    def AuthorizePayment(
        self, request: payment_pb2.AuthorizePaymentRequest, context: grpc.ServicerContext
    ) -> payment_pb2.AuthorizePaymentResponse:
        payment = actions.authorize_payment(
            order_id=UUID(request.order_id),
            user_id=UUID(request.user_id),
            amount=convert.amount(request.amount),
            payment_method=request.payment_method,
            request_id=UUID(request.request_id),
        )
        return payment_pb2.AuthorizePaymentResponse(payment=convert.to_wire(payment))

    def CapturePayment(
        self, request: payment_pb2.CapturePaymentRequest, context: grpc.ServicerContext
    ) -> payment_pb2.CapturePaymentResponse:
        payment = actions.capture_payment(
            order_id=UUID(request.order_id),
            user_id=UUID(request.user_id),
            amount=convert.amount(request.amount),
            payment_method=request.payment_method,
            request_id=UUID(request.request_id),
        )
        return payment_pb2.CapturePaymentResponse(payment=convert.to_wire(payment))

    def VoidPayment(
        self, request: payment_pb2.VoidPaymentRequest, context: grpc.ServicerContext
    ) -> payment_pb2.VoidPaymentResponse:
        payment = actions.void_payment(
            order_id=UUID(request.order_id), request_id=UUID(request.request_id)
        )
        return payment_pb2.VoidPaymentResponse(payment=convert.to_wire(payment))

    def GetPayment(
        self, request: payment_pb2.GetPaymentRequest, context: grpc.ServicerContext
    ) -> payment_pb2.GetPaymentResponse:
        payment = queries.payment_seen_by(
            payment_id=UUID(request.payment_id), owner=visible_owner()
        )
        return payment_pb2.GetPaymentResponse(payment=convert.to_wire(payment))

    def RefundPayment(
        self, request: payment_pb2.RefundPaymentRequest, context: grpc.ServicerContext
    ) -> payment_pb2.RefundPaymentResponse:
        payment, is_repeat = actions.refund_payment(
            payment_id=UUID(request.payment_id),
            amount=convert.amount(request.amount) if request.HasField("amount") else None,
            request_id=UUID(request.request_id) if request.request_id else uuid4(),
        )
        serving_now().replayed = is_repeat
        return payment_pb2.RefundPaymentResponse(payment=convert.to_wire(payment))

    def ReceiveStripeEvent(
        self, request: payment_pb2.ReceiveStripeEventRequest, context: grpc.ServicerContext
    ) -> payment_pb2.ReceiveStripeEventResponse:
        actions.receive_event(payload=request.body.data, signature=request.stripe_signature)
        return payment_pb2.ReceiveStripeEventResponse()
