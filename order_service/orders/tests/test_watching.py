"""WatchOrder over a real loopback connection."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from market.order.v1.order_pb2 import OrderState, WatchOrderRequest
from market.order.v1.order_pb2_grpc import OrderServiceStub
from mesh.core.ids import uuid7
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import error_of
from order_service.conftest import AsUser
from order_service.orders.actions import confirm_order, fulfill_order
from order_service.tests.placing import place

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order_id(goods: None, buyer: UUID) -> str:
    return str(place({"MUG": 1}, user_id=buyer).id)


def watch(orders: OrderServiceStub, order_id: str, who: Metadata, after: int = 0) -> Any:
    request = WatchOrderRequest(order_id=order_id, after_event=after)
    return orders.WatchOrder(request, metadata=who, timeout=20)


def seen(answer: Any) -> tuple[int, str]:
    return answer.event.seq, OrderState.Name(answer.event.state).removeprefix("ORDER_STATE_")


def test_the_owner_sees_each_state_until_the_last(
    orders: OrderServiceStub, order_id: str, me: Metadata
) -> None:
    stream = watch(orders, order_id, me)
    assert seen(next(stream)) == (1, "PENDING")
    confirm_order(order_id=UUID(order_id), payment_id=uuid4())
    assert seen(next(stream)) == (2, "CONFIRMED")
    fulfill_order(order_id=UUID(order_id))
    assert [seen(answer) for answer in stream] == [(3, "FULFILLED")]
    assert list(watch(orders, order_id, me, after=3)) == []


def test_staff_may_watch_too(orders: OrderServiceStub, order_id: str, staff: Metadata) -> None:
    assert seen(next(watch(orders, order_id.upper(), staff))) == (1, "PENDING")


def test_another_s_order_is_not_found(
    orders: OrderServiceStub, order_id: str, signed_in: AsUser
) -> None:
    def watched(request: WatchOrderRequest, **options: Any) -> Any:
        return next(orders.WatchOrder(request, **options))

    another = error_of(watched, WatchOrderRequest(order_id=order_id), signed_in(uuid7()))
    assert another.reason == "ORDER_NOT_FOUND"
    assert error_of(watched, WatchOrderRequest(order_id=order_id)).reason == "TOKEN_MISSING"
