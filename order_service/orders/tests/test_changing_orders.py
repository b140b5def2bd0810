"""CancelOrder and FulfillOrder, as their callers see them over a real connection."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from google.rpc import code_pb2
from google.type.money_pb2 import Money

from market.order.v1 import order_pb2
from market.order.v1.order_pb2_grpc import OrderServiceStub
from mesh.core.ids import uuid7
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import as_service, error_of
from order_service.conftest import AsUser
from order_service.orders.actions import confirm_order
from order_service.orders.models import Order
from order_service.tests.placing import place

pytestmark = pytest.mark.usefixtures("goods")


@pytest.fixture
def pending(buyer: UUID) -> UUID:
    return place({"MUG": 2}, buyer).id


@pytest.fixture
def confirmed(pending: UUID) -> UUID:
    confirm_order(order_id=pending, payment_id=uuid4())
    return pending


def cancellation(order_id: UUID, **fields: Any) -> order_pb2.CancelOrderRequest:
    return order_pb2.CancelOrderRequest(order_id=str(order_id), **fields)


def fulfilment(order_id: UUID, **fields: Any) -> order_pb2.FulfillOrderRequest:
    return order_pb2.FulfillOrderRequest(order_id=str(order_id), **fields)


def test_the_owner_cancels_and_is_answered_the_order_with_its_lines(
    orders: OrderServiceStub, pending: UUID, me: Metadata
) -> None:
    order = orders.CancelOrder(cancellation(pending), metadata=me).order
    assert order.state == order_pb2.ORDER_STATE_CANCELLING
    assert order.cancel_reason == order_pb2.CANCEL_REASON_REQUESTED
    assert (order.etag, [item.sku for item in order.items]) == ("2", ["MUG"])
    assert order.update_time.ToDatetime() > order.create_time.ToDatetime()
    read = orders.GetOrder(order_pb2.GetOrderRequest(order_id=str(pending)), metadata=me).order
    assert read == order


def test_staff_cancels_for_a_reason_of_the_shop(
    orders: OrderServiceStub, confirmed: UUID, staff: Metadata
) -> None:
    request = cancellation(confirmed, reason=order_pb2.CANCEL_REASON_UNDELIVERABLE)
    order = orders.CancelOrder(request, metadata=staff).order
    assert order.cancel_reason == order_pb2.CANCEL_REASON_UNDELIVERABLE
    assert order.payment_id


def test_a_repeated_cancel_gets_the_first_answer_and_a_new_one_the_order_as_it_is(
    orders: OrderServiceStub, pending: UUID, me: Metadata
) -> None:
    request = cancellation(pending, request_id=str(uuid4()))
    first = orders.CancelOrder(request, metadata=me)
    assert orders.CancelOrder(request, metadata=me) == first
    assert orders.CancelOrder(cancellation(pending), metadata=me) == first
    assert Order.objects.get().version == 2


def test_a_reason_that_is_not_the_callers_to_give_is_refused(
    orders: OrderServiceStub, pending: UUID, me: Metadata
) -> None:
    for reason in (order_pb2.CANCEL_REASON_PAYMENT_DECLINED, 99):
        error = error_of(orders.CancelOrder, cancellation(pending, reason=reason), me)
        assert error.reason == "REQUEST_INVALID"
        assert [violation.field for violation in error.violations] == ["reason"]
    assert Order.objects.get().state == Order.State.PENDING


def test_staff_hands_a_confirmed_order_over_and_it_can_t_be_cancelled_then(
    orders: OrderServiceStub, confirmed: UUID, staff: Metadata, me: Metadata
) -> None:
    order = orders.FulfillOrder(fulfilment(confirmed), metadata=staff).order
    assert (order.state, order.etag) == (order_pb2.ORDER_STATE_FULFILLED, "3")
    assert orders.FulfillOrder(fulfilment(confirmed), metadata=staff).order == order
    error = error_of(orders.CancelOrder, cancellation(confirmed), me)
    assert (error.code, error.reason) == (code_pb2.FAILED_PRECONDITION, "ORDER_FULFILLED")
    assert Order.objects.get().state == Order.State.FULFILLED


def test_an_order_that_is_not_paid_is_not_handed_over(
    orders: OrderServiceStub, pending: UUID, staff: Metadata
) -> None:
    error = error_of(orders.FulfillOrder, fulfilment(pending), staff)
    assert (error.code, error.reason) == (code_pb2.FAILED_PRECONDITION, "ORDER_NOT_CONFIRMED")
    assert Order.objects.get().state == Order.State.PENDING


def test_only_the_owner_and_staff_cancel_an_order(
    orders: OrderServiceStub, confirmed: UUID, signed_in: AsUser
) -> None:
    for caller, code in (
        ((), code_pb2.UNAUTHENTICATED),
        (as_service("payment_service"), code_pb2.UNAUTHENTICATED),
        (signed_in(uuid7()), code_pb2.NOT_FOUND),
        (signed_in(uuid7(), "orders.read"), code_pb2.NOT_FOUND),
    ):
        assert error_of(orders.CancelOrder, cancellation(confirmed), caller).code == code
    assert Order.objects.get().state == Order.State.CONFIRMED


def test_only_staff_hands_an_order_over(
    orders: OrderServiceStub, confirmed: UUID, me: Metadata, signed_in: AsUser
) -> None:
    for caller, code in (
        ((), code_pb2.UNAUTHENTICATED),
        (as_service("payment_service"), code_pb2.UNAUTHENTICATED),
        (me, code_pb2.PERMISSION_DENIED),
        (signed_in(uuid7(), "orders.read"), code_pb2.PERMISSION_DENIED),
    ):
        assert error_of(orders.FulfillOrder, fulfilment(confirmed), caller).code == code
    assert Order.objects.get().state == Order.State.CONFIRMED


def test_an_unknown_order_is_not_found_and_a_malformed_id_refused(
    orders: OrderServiceStub, staff: Metadata
) -> None:
    for rpc, request in (
        (orders.CancelOrder, cancellation(uuid7())),
        (orders.FulfillOrder, fulfilment(uuid7())),
    ):
        assert error_of(rpc, request, staff).reason == "ORDER_NOT_FOUND"
        request.order_id = "1"
        assert error_of(rpc, request, staff).reason == "REQUEST_INVALID"


def told_of_refund(order_id: UUID, units: int) -> order_pb2.RecordRefundRequest:
    payment_id = Order.objects.get(id=order_id).payment_id
    return order_pb2.RecordRefundRequest(
        order_id=str(order_id),
        payment_id=str(payment_id),
        refunded_amount=Money(currency_code="EUR", units=units),
    )


def test_the_payment_service_tells_of_a_refund_and_nobody_else_may(
    orders: OrderServiceStub, confirmed: UUID, me: Metadata, staff: Metadata
) -> None:
    request = told_of_refund(confirmed, 5)
    for caller in (me, staff, as_service("user_service"), as_service("edge_api")):
        refused = error_of(orders.RecordRefund, request, metadata=caller)
        assert refused.code == code_pb2.PERMISSION_DENIED
    payment_service = as_service("payment_service")
    order = orders.RecordRefund(request, metadata=payment_service).order
    assert (order.refunded_amount.units, order.etag) == (5, "3")
    assert orders.RecordRefund(request, metadata=payment_service).order == order
    read = orders.GetOrder(order_pb2.GetOrderRequest(order_id=str(confirmed)), metadata=me).order
    assert read == order


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        (Money(currency_code="EUR", units=5, nanos=1), "REQUEST_INVALID"),
        (Money(currency_code="EUR", units=-5), "REQUEST_INVALID"),
        (Money(currency_code="EUR", units=26), "REFUND_MISMATCH"),
        (Money(currency_code="JPY", units=5), "REFUND_MISMATCH"),
    ],
)
def test_a_refund_that_can_not_be_is_refused(
    orders: OrderServiceStub, confirmed: UUID, amount: Money, reason: str
) -> None:
    request = told_of_refund(confirmed, 5)
    request.refunded_amount.CopyFrom(amount)
    refused = error_of(orders.RecordRefund, request, metadata=as_service("payment_service"))
    assert refused.reason == reason
    assert Order.objects.get(id=confirmed).refunded_minor == 0
