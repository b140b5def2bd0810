"""Stand-ins for the services that this one calls, served on the loopback."""

import threading
from uuid import UUID, uuid4

import grpc
from django_grpc_framework.services import Service

from market.payment.v1 import payment_pb2, payment_pb2_grpc
from market.user.v1 import user_pb2, user_pb2_grpc
from mesh.contract.errors import reasons_of
from mesh.core.errors import DomainError, NotFound, Unavailable
from order_service.tests.threads import Gate

DECLINES = reasons_of(payment_pb2.DESCRIPTOR)


class ToyUserNotFound(NotFound):
    reason = "USER_NOT_FOUND"
    domain = "market.user.v1"


class ToyDecline(DomainError):
    domain = "market.payment.v1"

    def __init__(self, reason: str) -> None:
        super().__init__("declined")
        self.code, self.reason = DECLINES[reason].code, reason


class ToyUsers(user_pb2_grpc.UserServiceServicer, Service):  # type: ignore[misc]  # no types
    """Knows `ids`, and nobody else; all of them have the same locale."""

    ids: set[str] = set()
    locale = "en"

    def GetUser(
        self, request: user_pb2.GetUserRequest, context: grpc.ServicerContext
    ) -> user_pb2.GetUserResponse:
        if request.user_id not in self.ids:
            raise ToyUserNotFound("there is no such user")
        user = user_pb2.User(
            id=request.user_id,
            email="ada@example.org",
            full_name="Ada L",
            email_verified=True,
            locale=self.locale,
        )
        return user_pb2.GetUserResponse(user=user)


class ToyPayments(payment_pb2_grpc.PaymentServiceServicer, Service):  # type: ignore[misc]  # no types
    """Takes an order's money once, and gives it back for good, as the payment service does.

    A charge passes two gates, before the money is taken and before that is answered. The
    next `answers_lost` charges are not answered.
    """

    asked: list[payment_pb2.CapturePaymentRequest]
    captured: dict[str, UUID]
    declined: set[str]
    voided: list[str]
    answers_lost: int
    before_taking: Gate
    before_answering: Gate
    lock = threading.Lock()

    @classmethod
    def reset(cls) -> None:
        cls.asked, cls.captured, cls.declined, cls.voided = [], {}, set(), []
        cls.answers_lost = 0
        cls.before_taking, cls.before_answering = Gate(), Gate()

    @classmethod
    def holds(cls) -> set[str]:
        """The orders whose money was taken and not given back."""
        return cls.captured.keys() - set(cls.voided)

    def CapturePayment(
        self, request: payment_pb2.CapturePaymentRequest, context: grpc.ServicerContext
    ) -> payment_pb2.CapturePaymentResponse:
        self.asked.append(request)
        self.before_taking.pass_through()
        payment_id = self._take(request.order_id, request.payment_method)
        self.before_answering.pass_through()
        if ToyPayments.answers_lost:
            ToyPayments.answers_lost -= 1
            raise Unavailable("the answer was lost")
        return payment_pb2.CapturePaymentResponse(
            payment=payment_pb2.Payment(id=str(payment_id), order_id=request.order_id)
        )

    def _take(self, order_id: str, payment_method: str) -> UUID:
        with self.lock:
            if order_id in self.voided:
                raise ToyDecline("PAYMENT_VOIDED")
            if payment_method != "pm_ok":
                self.declined.add(order_id)
                raise ToyDecline(payment_method)
            return self.captured.setdefault(order_id, uuid4())

    def VoidPayment(
        self, request: payment_pb2.VoidPaymentRequest, context: grpc.ServicerContext
    ) -> payment_pb2.VoidPaymentResponse:
        with self.lock:
            self.voided.append(request.order_id)
            payment_id = self.captured.get(request.order_id, uuid4())
        payment = payment_pb2.Payment(id=str(payment_id), state=self._ended(request.order_id))
        return payment_pb2.VoidPaymentResponse(payment=payment)

    def _ended(self, order_id: str) -> payment_pb2.PaymentState:
        if order_id in self.captured:
            return payment_pb2.PAYMENT_STATE_REFUNDED
        if order_id in self.declined:
            return payment_pb2.PAYMENT_STATE_DECLINED
        return payment_pb2.PAYMENT_STATE_VOIDED
