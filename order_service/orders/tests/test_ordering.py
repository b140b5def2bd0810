"""CreateOrder, as its callers see it over a real connection."""

import time
from typing import Any
from uuid import UUID, uuid4

import pytest
from google.rpc import code_pb2

from market.order.v1 import order_pb2
from market.order.v1.order_pb2_grpc import OrderServiceStub
from mesh.core.ids import uuid7
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import as_service, error_of
from order_service.catalog.models import Product
from order_service.conftest import AsUser
from order_service.orders.models import Order
from order_service.tests.toys import ToyUsers

pytestmark = pytest.mark.usefixtures("goods")
Users = type[ToyUsers]


def creation(**fields: Any) -> order_pb2.CreateOrderRequest:
    values = {"items": [{"sku": "MUG", "quantity": 2}], "payment_method": "pm_ok", **fields}
    return order_pb2.CreateOrderRequest(**values)


def test_an_order_is_answered_pending_at_the_catalogs_prices(
    orders: OrderServiceStub, users: Users, buyer: UUID, me: Metadata
) -> None:
    items = [{"sku": "PEN", "quantity": 1}, {"sku": "MUG", "quantity": 2}]
    order = orders.CreateOrder(creation(items=items), metadata=me).order
    assert order.state == order_pb2.ORDER_STATE_PENDING
    assert order.user_id == str(buyer)
    assert UUID(order.id).version == 7
    assert (order.total.currency_code, order.total.units, order.total.nanos) == ("EUR", 29, 0)
    assert [
        (item.sku, item.title, item.quantity, item.unit_price.units) for item in order.items
    ] == [
        ("PEN", "The PEN", 1, 3),
        ("MUG", "The MUG", 2, 12),
    ]
    assert (order.payment_id, order.cancel_reason, order.etag) == ("", 0, "1")
    assert order.create_time == order.update_time
    assert orders.GetOrder(order_pb2.GetOrderRequest(order_id=order.id), metadata=me).order == order


def test_a_request_refused_while_users_were_down_may_be_repeated_and_is_done_once(
    orders: OrderServiceStub, request: pytest.FixtureRequest, me: Metadata
) -> None:
    request_ = creation(request_id=str(uuid4()))
    assert error_of(orders.CreateOrder, request_, me).code == code_pb2.UNAVAILABLE
    request.getfixturevalue("users")
    first = orders.CreateOrder(request_, metadata=me)
    assert orders.CreateOrder(request_, metadata=me) == first
    assert (Order.objects.count(), Product.objects.get(sku="MUG").stock) == (1, 8)


def test_a_request_id_is_not_good_for_another_order(
    orders: OrderServiceStub, users: Users, me: Metadata
) -> None:
    request_id = str(uuid4())
    orders.CreateOrder(creation(request_id=request_id), metadata=me)
    other = creation(request_id=request_id, payment_method="pm_other")
    assert error_of(orders.CreateOrder, other, me).reason == "REQUEST_ID_REUSED"
    assert Order.objects.count() == 1


def test_staff_orders_for_another_and_for_itself(
    orders: OrderServiceStub, users: Users, buyer: UUID, signed_in: AsUser
) -> None:
    staff_id = uuid7()
    ToyUsers.ids.add(str(staff_id))
    staff = signed_in(staff_id, "orders.write")
    for_buyer = orders.CreateOrder(creation(user_id=str(buyer)), metadata=staff).order
    for_itself = orders.CreateOrder(creation(), metadata=staff).order
    assert (for_buyer.user_id, for_itself.user_id) == (str(buyer), str(staff_id))


def test_an_order_for_a_user_that_is_not_there_is_refused(
    orders: OrderServiceStub, users: Users, staff: Metadata
) -> None:
    error = error_of(orders.CreateOrder, creation(user_id=str(uuid7())), staff)
    assert (error.code, error.reason) == (code_pb2.FAILED_PRECONDITION, "USER_NOT_FOUND")
    assert error.domain == "market.order.v1"
    assert not Order.objects.exists()


def test_while_the_user_service_is_down_ordering_is_unavailable_within_the_deadline(
    orders: OrderServiceStub, me: Metadata
) -> None:
    started = time.monotonic()
    error = error_of(orders.CreateOrder, creation(), me)
    assert time.monotonic() - started < 5
    assert (error.code, error.reason) == (code_pb2.UNAVAILABLE, "SERVICE_UNAVAILABLE")
    assert error.metadata == {"service": "user_service"}
    assert error.retry_after_s
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("items", "refusal"),
    [
        ({"MUG": 1, "CUP": 1}, ("PRODUCT_NOT_FOUND", ["items[1].sku"])),
        ({"MUG": 11}, ("OUT_OF_STOCK", ["items[0].sku"])),
        ({"GOLD": 1000}, ("TOTAL_TOO_LARGE", [])),
    ],
)
def test_an_order_that_cant_be_served_is_refused_by_line(
    orders: OrderServiceStub,
    users: Users,
    me: Metadata,
    items: dict[str, int],
    refusal: tuple[str, list[str]],
) -> None:
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in items.items()]
    error = error_of(orders.CreateOrder, creation(items=lines), me)
    assert error.code == code_pb2.FAILED_PRECONDITION
    assert (error.reason, [violation.field for violation in error.violations]) == refusal
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"items": []}, "items"),
        ({"items": [{"sku": "MUG", "quantity": 0}]}, "items[0].quantity"),
        ({"items": [{"sku": "MUG", "quantity": 1001}]}, "items[0].quantity"),
        ({"items": [{"quantity": 1}]}, "items[0].sku"),
        ({"items": [{"sku": "MUG", "quantity": 1}] * 2}, "items"),
        ({"items": [{"sku": f"P{n}", "quantity": 1} for n in range(51)]}, "items"),
        ({"payment_method": ""}, "payment_method"),
        ({"request_id": "1"}, "request_id"),
    ],
)
def test_an_order_that_breaks_the_contract_is_refused_by_field(
    orders: OrderServiceStub, me: Metadata, fields: dict[str, Any], field: str
) -> None:
    error = error_of(orders.CreateOrder, creation(**fields), me)
    assert error.reason == "REQUEST_INVALID"
    assert [violation.field for violation in error.violations] == [field]


def test_nobody_a_service_and_another_user_cant_order_for_somebody(
    orders: OrderServiceStub, users: Users, buyer: UUID, signed_in: AsUser
) -> None:
    request = creation(user_id=str(buyer))
    assert error_of(orders.CreateOrder, request).code == code_pb2.UNAUTHENTICATED
    service = as_service("payment_service")
    assert error_of(orders.CreateOrder, request, service).code == code_pb2.UNAUTHENTICATED
    reader = signed_in(uuid7(), "orders.read")
    assert error_of(orders.CreateOrder, request, reader).code == code_pb2.NOT_FOUND
