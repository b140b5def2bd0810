"""What orders ask of other services."""

from collections.abc import Mapping
from uuid import UUID, uuid5

from google.rpc import code_pb2

from market.payment.v1 import payment_pb2, payment_pb2_grpc
from market.user.v1 import user_pb2, user_pb2_grpc
from mesh.context import Call
from mesh.contract import money
from mesh.contract.money import Amount
from mesh.core.errors import DomainError, Internal, RemoteError
from mesh.mail.locales import DEFAULT_LOCALE
from mesh.mail.recipients import Recipient
from mesh.rpc.client import call_each, stub
from order_service.orders.errors import UserNotFound
from order_service.orders.models import Order

PAYMENT_DOMAIN = "market.payment.v1"
DECLINES = frozenset({"CARD_DECLINED", "INSUFFICIENT_FUNDS", "PAYMENT_METHOD_UNKNOWN"})
NOTHING_TAKEN = frozenset({payment_pb2.PAYMENT_STATE_VOIDED, payment_pb2.PAYMENT_STATE_DECLINED})


def refused_users(users: Mapping[UUID, Call]) -> dict[UUID, DomainError]:
    """Returns why these can't be ordered for: UserNotFound, Unavailable while nobody knows.

    Each is asked for in the name of a call.
    """
    asked = [
        (user_pb2.GetUserRequest(user_id=str(user_id)), call) for user_id, call in users.items()
    ]
    answers = call_each("market.user.v1.UserService/GetUser", asked)
    return {
        user_id: _user_not_found(answer)
        for user_id, answer in zip(users, answers, strict=True)
        if isinstance(answer, DomainError)
    }


def _user_not_found(error: DomainError) -> DomainError:
    if error.code == code_pb2.NOT_FOUND:
        return UserNotFound("there is no such user to order for")
    return error


def recipient_of(user_id: UUID) -> Recipient | None:
    """Returns where a user's mail goes now; None when the account is gone."""
    users = stub(user_pb2_grpc.UserServiceStub, "user_service")
    try:
        user = users.GetUser(user_pb2.GetUserRequest(user_id=str(user_id))).user
    except RemoteError as error:
        if error.code == code_pb2.NOT_FOUND:
            return None
        raise
    return Recipient(
        user.email,
        user.full_name,
        verified=user.email_verified,
        locale=user.locale or DEFAULT_LOCALE,
    )


def capture_payment(order: Order) -> UUID | None:
    """Charges an order. A repeat names the same charge, so that there is only ever one.

    Returns the payment, or None when it was declined: no money moved, and none will under
    this charge. What it raises leaves the outcome unknown: ask again.
    """
    request = payment_pb2.CapturePaymentRequest(
        order_id=str(order.id),
        user_id=str(order.user_id),
        amount=money.to_wire(Amount(order.total_minor, order.currency)),
        payment_method=order.payment_method,
        request_id=str(uuid5(order.id, "charge")),
    )
    try:
        return UUID(_payments().CapturePayment(request).payment.id)
    except RemoteError as error:
        if error.domain == PAYMENT_DOMAIN and error.reason in DECLINES:
            return None
        raise


def void_payment(order: Order) -> UUID | None:
    """Ends an order's payment for good, whatever it came to; a repeat gets the same result.

    Returns the payment that was taken and paid back, or None when no money was taken; none
    will be from now on. What it raises leaves that open: ask again.
    """
    request = payment_pb2.VoidPaymentRequest(
        order_id=str(order.id), request_id=str(uuid5(order.id, "void"))
    )
    payment = _payments().VoidPayment(request).payment
    if payment.state == payment_pb2.PAYMENT_STATE_REFUNDED:
        return UUID(payment.id)
    if payment.state in NOTHING_TAKEN:
        return None
    raise Internal(f"a void ended as {payment_pb2.PaymentState.Name(payment.state)}")


def _payments() -> payment_pb2_grpc.PaymentServiceStub:
    return stub(payment_pb2_grpc.PaymentServiceStub, "payment_service")
