"""Orders that come in one message: each gets what it would have got alone, and no more."""

import time
from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

import grpc
import pytest
from django.db import transaction
from google.rpc import code_pb2

from market.batch.v1 import batch_pb2, batch_pb2_grpc
from market.order.v1 import order_pb2
from market.order.v1.order_pb2_grpc import OrderServiceStub
from mesh.core.errors import RemoteError
from mesh.core.ids import uuid7
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import TestKeys, as_service
from order_service.catalog.models import Product
from order_service.orders.models import Order
from order_service.tests.toys import ToyUsers

pytestmark = pytest.mark.usefixtures("goods")
CREATE_ORDER = "/market.order.v1.OrderService/CreateOrder"


Call = tuple[order_pb2.CreateOrderRequest, str]
Send = Callable[[Sequence[Call]], Sequence[batch_pb2.CallResult]]


@pytest.fixture
def send(channel: grpc.Channel) -> Send:
    """Sends requests, each with a user's token, in one message of the edge."""
    batches = batch_pb2_grpc.BatchServiceStub(channel)

    def send(calls: Sequence[Call]) -> Sequence[batch_pb2.CallResult]:
        sent = [
            batch_pb2.Call(request=request.SerializeToString(), user_token=token, timeout_ms=5000)
            for request, token in calls
        ]
        request = batch_pb2.CallRequest(method=CREATE_ORDER, calls=sent)
        response: batch_pb2.CallResponse = batches.Call(request, metadata=as_service("edge_api"))
        return response.results

    return send


@pytest.fixture
def mine(keys: TestKeys, buyer: UUID) -> str:
    return token(keys, buyer)


def token(keys: TestKeys, user_id: UUID, *scopes: str) -> str:
    return keys.token(str(user_id), *scopes, now=time.time())


def creation(sku: str = "MUG", quantity: int = 1, **fields: str) -> order_pb2.CreateOrderRequest:
    return order_pb2.CreateOrderRequest(
        items=[{"sku": sku, "quantity": quantity}],
        payment_method="pm_ok",
        **{"request_id": str(uuid4()), **fields},
    )


def order(result: batch_pb2.CallResult) -> order_pb2.Order:
    assert result.HasField("response"), result
    return order_pb2.CreateOrderResponse.FromString(result.response).order


def outcome(result: batch_pb2.CallResult) -> str:
    """Returns whose order it is, or the reason why there is none."""
    if result.HasField("error"):
        return RemoteError(result.error).reason
    return order(result).user_id


def test_each_is_placed_for_its_own_user_and_refused_for_its_own_reason(
    send: Send, users: type[ToyUsers], buyer: UUID, mine: str, keys: TestKeys
) -> None:
    nobodys, staff = token(keys, uuid7()), token(keys, uuid7(), "orders.write")
    calls = {
        "its own": (creation(), mine, str(buyer)),
        "another's": (creation(user_id=str(uuid7())), mine, "NOT_FOUND"),
        "nobody's": (creation(), nobodys, "USER_NOT_FOUND"),
        "without a token": (creation(), "", "TOKEN_MISSING"),
        "staff, another's": (creation(user_id=str(buyer)), staff, str(buyer)),
        "absent": (creation("POT"), mine, "PRODUCT_NOT_FOUND"),
        "too many": (creation(quantity=11), mine, "OUT_OF_STOCK"),
        "none of it": (creation(quantity=0), mine, "REQUEST_INVALID"),
        "the last": (creation("PEN"), mine, str(buyer)),
    }
    results = send([(request, token) for request, token, _ in calls.values()])
    assert dict(zip(calls, map(outcome, results), strict=True)) == {
        name: expected for name, (_, _, expected) in calls.items()
    }
    assert Order.objects.count() == 3


def test_while_nobody_knows_the_users_each_is_told_so_and_may_be_repeated(
    send: Send, request: pytest.FixtureRequest, mine: str
) -> None:
    calls = [(creation(), mine) for _ in range(3)]
    assert list(map(outcome, send(calls))) == ["SERVICE_UNAVAILABLE"] * 3
    request.getfixturevalue("users")
    placed, repeated = send(calls), send(calls)
    assert list(map(order, placed)) == list(map(order, repeated))
    assert [result.replayed for result in (*placed, *repeated)] == [False] * 3 + [True] * 3
    assert Order.objects.count() == 3


def test_a_repeat_alone_gets_what_was_placed_together_and_the_other_way_round(
    send: Send, orders: OrderServiceStub, users: type[ToyUsers], me: Metadata, mine: str
) -> None:
    alone, together = creation(), creation("PEN")
    first = orders.CreateOrder(alone, metadata=me).order
    repeat, second = send([(alone, mine), (together, mine)])
    assert (order(repeat), repeat.replayed, second.replayed) == (first, True, False)
    assert orders.CreateOrder(together, metadata=me).order == order(second)
    reused = creation("PEN", 2, request_id=alone.request_id)
    refused, third = send([(reused, mine), (creation(), mine)])
    assert outcome(refused) == "REQUEST_ID_REUSED"
    assert not third.replayed


def test_what_would_hold_the_others_up_is_to_be_made_alone(
    send: Send, users: type[ToyUsers], buyer: UUID, mine: str
) -> None:
    twice = creation()
    results = send([(twice, mine), (twice, mine), (creation("PEN"), mine)])
    assert [result.error.code for result in results] == [0, code_pb2.OUT_OF_RANGE, 0]
    with transaction.atomic():
        Product.objects.select_for_update().get(sku="PEN")
        results = send([(creation(), mine), (creation("PEN"), mine)])
    assert [result.error.code for result in results] == [code_pb2.OUT_OF_RANGE] * 2
    assert Order.objects.count() == 2
