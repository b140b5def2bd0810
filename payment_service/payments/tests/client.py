"""A caller of the service under test, over a real connection."""

import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc
from google.api.httpbody_pb2 import HttpBody
from google.type.money_pb2 import Money
from grpc_status import rpc_status

from market.payment.v1 import payment_pb2, payment_pb2_grpc
from mesh.core.errors import RemoteError
from mesh.testing.servers import TestKeys, as_service, as_user

ResultT = TypeVar("ResultT")


def uid() -> str:
    return str(uuid.uuid4())


def money(units: int, currency: str = "EUR", nanos: int = 0) -> Money:
    return Money(currency_code=currency, units=units, nanos=nanos)


@dataclass
class Client:
    """Calls as one caller. An error of the service is raised as it was meant: RemoteError."""

    channel: grpc.Channel
    keys: TestKeys
    metadata: tuple[tuple[str, str], ...] = ()
    timeout_s: float = 5

    def as_service(self, name: str) -> "Client":
        return Client(self.channel, self.keys, as_service(name))

    def as_user(self, user_id: str, *scopes: str) -> "Client":
        token = self.keys.token(user_id, *scopes, now=time.time())
        return Client(self.channel, self.keys, as_user(token))

    def capture(self, method: str = "pm_ok", **fields: Any) -> payment_pb2.Payment:
        """Charge 100 euro for a new order, unless the fields say otherwise."""
        request = payment_pb2.CapturePaymentRequest(**asked(fields), payment_method=method)
        return self._call("CapturePayment", request)

    def authorize(self, method: str = "pm_ok", **fields: Any) -> payment_pb2.Payment:
        """Hold 100 euro for a new order, unless the fields say otherwise."""
        request = payment_pb2.AuthorizePaymentRequest(**asked(fields), payment_method=method)
        return self._call("AuthorizePayment", request)

    def void(self, order_id: str, request_id: str | None = None) -> payment_pb2.Payment:
        request = payment_pb2.VoidPaymentRequest(
            order_id=order_id, request_id=uid() if request_id is None else request_id
        )
        return self._call("VoidPayment", request)

    def get(self, payment_id: str) -> payment_pb2.Payment:
        return self._call("GetPayment", payment_pb2.GetPaymentRequest(payment_id=payment_id))

    def refund(
        self, payment_id: str, amount: Money | None = None, request_id: str = ""
    ) -> payment_pb2.Payment:
        request = payment_pb2.RefundPaymentRequest(
            payment_id=payment_id, amount=amount, request_id=request_id
        )
        return self._call("RefundPayment", request)

    def report(self, payload: bytes, signature: str) -> None:
        """Post an event as Stripe does."""
        request = payment_pb2.ReceiveStripeEventRequest(
            body=HttpBody(content_type="application/json", data=payload),
            stripe_signature=signature,
        )
        self._answer("ReceiveStripeEvent", request)

    def _call(self, rpc: str, request: Any) -> payment_pb2.Payment:
        payment: payment_pb2.Payment = self._answer(rpc, request).payment
        return payment

    def _answer(self, rpc: str, request: Any) -> Any:
        stub = payment_pb2_grpc.PaymentServiceStub(self.channel)
        try:
            return getattr(stub, rpc)(request, metadata=self.metadata, timeout=self.timeout_s)
        except grpc.RpcError as error:
            status = rpc_status.from_call(error)  # type: ignore[arg-type]  # it is a call too
            assert status is not None
            raise RemoteError(status) from error


def asked(fields: dict[str, Any]) -> dict[str, Any]:
    order = {"order_id": uid(), "user_id": uid(), "request_id": uid(), "amount": money(100)}
    return order | fields


def outcome(call: Callable[[], payment_pb2.Payment]) -> str:
    """The state that a call answers with, or the reason that it fails for."""
    try:
        return payment_pb2.PaymentState.Name(call().state).removeprefix("PAYMENT_STATE_")
    except RemoteError as error:
        return error.reason


def at_once(call: Callable[[int], ResultT], times: int) -> list[ResultT]:
    """The results of as many calls, each from a thread of its own."""
    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(call, range(times)))
