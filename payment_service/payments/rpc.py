from collections.abc import Sequence
from uuid import UUID, uuid4

from django_grpc_framework.services import Service
from grpc import ServicerContext as Context

from market.payment.v1 import payment_pb2 as pb
from mesh.context import serving_now
from mesh.contract.money import from_wire
from mesh.core.errors import DomainError
from mesh.rpc.batching.calls import Asked
from payment_service.payments import actions, convert, queries
from payment_service.payments.errors import PaymentNotFound


def get_payments(asked: Sequence[Asked]) -> list[pb.GetPaymentResponse | DomainError]:
    """Serves GetPayment."""
    wanted = [(UUID(each.request.payment_id), each.owner) for each in asked]
    return [
        pb.GetPaymentResponse(payment=convert.found_to_wire(*one))
        if one
        else PaymentNotFound("there is no such payment")
        for one in queries.payments_seen_by(wanted)
    ]


class PaymentService(Service):  # type: ignore[misc]  # ships no types
    """Serves `market.payment.v1.PaymentService`, all but `get_payments`."""

    def AuthorizePayment(
        self, request: pb.AuthorizePaymentRequest, _: Context
    ) -> pb.AuthorizePaymentResponse:
        payment = actions.authorize_payment(
            order_id=UUID(request.order_id),
            user_id=UUID(request.user_id),
            amount=from_wire(request.amount, "amount"),
            payment_method=request.payment_method,
            request_id=UUID(request.request_id),
        )
        return pb.AuthorizePaymentResponse(payment=convert.to_wire(payment))

    def CapturePayment(
        self, request: pb.CapturePaymentRequest, _: Context
    ) -> pb.CapturePaymentResponse:
        payment = actions.capture_payment(
            order_id=UUID(request.order_id),
            user_id=UUID(request.user_id),
            amount=from_wire(request.amount, "amount"),
            payment_method=request.payment_method,
            request_id=UUID(request.request_id),
        )
        return pb.CapturePaymentResponse(payment=convert.to_wire(payment))

    def VoidPayment(self, request: pb.VoidPaymentRequest, _: Context) -> pb.VoidPaymentResponse:
        payment = actions.void_payment(
            order_id=UUID(request.order_id), request_id=UUID(request.request_id)
        )
        return pb.VoidPaymentResponse(payment=convert.to_wire(payment))

    def RefundPayment(
        self, request: pb.RefundPaymentRequest, _: Context
    ) -> pb.RefundPaymentResponse:
        payment, is_repeat = actions.refund_payment(
            payment_id=UUID(request.payment_id),
            amount=from_wire(request.amount, "amount") if request.HasField("amount") else None,
            request_id=UUID(request.request_id) if request.request_id else uuid4(),
        )
        serving_now().replayed = is_repeat
        return pb.RefundPaymentResponse(payment=convert.to_wire(payment))

    def ReceiveStripeEvent(
        self, request: pb.ReceiveStripeEventRequest, _: Context
    ) -> pb.ReceiveStripeEventResponse:
        actions.receive_event(payload=request.body.data, signature=request.stripe_signature)
        return pb.ReceiveStripeEventResponse()
