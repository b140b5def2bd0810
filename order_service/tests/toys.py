"""Stand-ins for the services that this one calls, served on the loopback."""

from uuid import UUID, uuid4

import grpc
from django_grpc_framework.services import Service

from market.payment.v1 import payment_pb2, payment_pb2_grpc
from market.user.v1 import user_pb2, user_pb2_grpc
from mesh.errors import FailedPrecondition, NotFound, Unavailable


class ToyUserNotFound(NotFound):
    reason = "USER_NOT_FOUND"
    domain = "market.user.v1"


class ToyDecline(FailedPrecondition):
    domain = "market.payment.v1"

    def __init__(self, reason: str) -> None:
        super().__init__("declined")
        self.reason = reason


class ToyUsers(user_pb2_grpc.UserServiceServicer, Service):  # type: ignore[misc]  # no types
    """Knows `ids`, and nobody else."""

    ids: set[str] = set()

    def GetUser(
        self, request: user_pb2.GetUserRequest, context: grpc.ServicerContext
    ) -> user_pb2.GetUserResponse:
        if request.user_id not in self.ids:
            raise ToyUserNotFound("there is no such user")
        user = user_pb2.User(id=request.user_id, email="ada@example.org", full_name="Ada L")
        return user_pb2.GetUserResponse(user=user)


class ToyPayments(payment_pb2_grpc.PaymentServiceServicer, Service):  # type: ignore[misc]  # no types
    """Charges once a request_id. `answers_lost` of the next captures are never answered."""

    asked: list[payment_pb2.CapturePaymentRequest] = []
    captured: dict[str, UUID] = {}
    answers_lost = 0

    def CapturePayment(
        self, request: payment_pb2.CapturePaymentRequest, context: grpc.ServicerContext
    ) -> payment_pb2.CapturePaymentResponse:
        self.asked.append(request)
        if request.payment_method != "pm_ok":
            raise ToyDecline(request.payment_method)
        payment_id = self.captured.setdefault(request.request_id, uuid4())
        if ToyPayments.answers_lost:
            ToyPayments.answers_lost -= 1
            raise Unavailable("the answer was lost")
        return payment_pb2.CapturePaymentResponse(
            payment=payment_pb2.Payment(id=str(payment_id), order_id=request.order_id)
        )
