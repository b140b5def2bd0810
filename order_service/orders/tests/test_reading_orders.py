"""GetOrder and ListOrders, as their callers see them over a real connection."""

from uuid import UUID, uuid4

import pytest
from google.rpc import code_pb2

from market.order.v1 import order_pb2
from market.order.v1.order_pb2_grpc import OrderServiceStub
from mesh.core.ids import uuid7
from mesh.rpc.metadata import Metadata
from mesh.testing.servers import as_service, error_of
from order_service.conftest import AsUser
from order_service.orders.actions import confirm_order
from order_service.tests.placing import place
from order_service.tests.toys import ToyUsers

pytestmark = pytest.mark.usefixtures("goods")
Users = type[ToyUsers]


def placed_for(user_id: UUID, *skus: str) -> UUID:
    return place(dict.fromkeys(skus or ["MUG"], 1), user_id).id


def test_an_order_is_seen_by_its_owner_staff_and_payment_and_nobody_else(
    orders: OrderServiceStub,
    buyer: UUID,
    me: Metadata,
    staff: Metadata,
    signed_in: AsUser,
) -> None:
    request = order_pb2.GetOrderRequest(order_id=str(placed_for(buyer)))
    for admitted in (me, staff, as_service("payment_service")):
        assert orders.GetOrder(request, metadata=admitted).order.user_id == str(buyer)
    assert error_of(orders.GetOrder, request).code == code_pb2.UNAUTHENTICATED
    for other in (signed_in(uuid7()), signed_in(uuid7(), "catalog.write")):
        error = error_of(orders.GetOrder, request, other)
        assert (error.code, error.reason) == (code_pb2.NOT_FOUND, "ORDER_NOT_FOUND")
    service = as_service("user_service")
    assert error_of(orders.GetOrder, request, service).code == code_pb2.UNAUTHENTICATED


def test_an_unknown_order_is_not_found_and_a_malformed_id_refused(
    orders: OrderServiceStub, me: Metadata
) -> None:
    unknown = order_pb2.GetOrderRequest(order_id=str(uuid7()))
    assert error_of(orders.GetOrder, unknown, me).reason == "ORDER_NOT_FOUND"
    malformed = order_pb2.GetOrderRequest(order_id="1")
    assert error_of(orders.GetOrder, malformed, me).reason == "REQUEST_INVALID"


def test_ones_orders_come_newest_first_in_pages_that_inserts_dont_move(
    orders: OrderServiceStub, buyer: UUID, me: Metadata
) -> None:
    placed_for(uuid7())
    ids = [str(placed_for(buyer, "PEN", "MUG")) for _ in range(3)]
    first = orders.ListOrders(order_pb2.ListOrdersRequest(page_size=2), metadata=me)
    placed_for(buyer)
    following = order_pb2.ListOrdersRequest(page_size=2, page_token=first.next_page_token)
    second = orders.ListOrders(following, metadata=me)
    assert [order.id for order in first.orders] == [ids[2], ids[1]]
    assert [order.id for order in second.orders] == [ids[0]]
    assert [item.sku for item in first.orders[0].items] == ["PEN", "MUG"]
    assert second.next_page_token == ""


def test_orders_are_filtered_by_state(orders: OrderServiceStub, buyer: UUID, me: Metadata) -> None:
    confirmed, pending = placed_for(buyer), placed_for(buyer)
    confirm_order(order_id=confirmed, payment_id=uuid4())
    for state, expected in (
        (order_pb2.ORDER_STATE_CONFIRMED, [confirmed]),
        (order_pb2.ORDER_STATE_CANCELLED, []),
        (order_pb2.ORDER_STATE_UNSPECIFIED, [pending, confirmed]),
    ):
        answer = orders.ListOrders(order_pb2.ListOrdersRequest(state=state), metadata=me)
        assert [UUID(order.id) for order in answer.orders] == expected


def test_a_page_token_is_good_for_its_own_listing_only(
    orders: OrderServiceStub, buyer: UUID, me: Metadata
) -> None:
    placed_for(buyer), placed_for(buyer)
    token = orders.ListOrders(order_pb2.ListOrdersRequest(page_size=1), metadata=me).next_page_token
    request = order_pb2.ListOrdersRequest(page_token=token, state=order_pb2.ORDER_STATE_PENDING)
    assert error_of(orders.ListOrders, request, me).reason == "PAGE_TOKEN_INVALID"


def test_staff_and_the_user_service_list_anybodys_orders_and_users_their_own(
    orders: OrderServiceStub, buyer: UUID, me: Metadata, staff: Metadata
) -> None:
    other = uuid7()
    mine, others = placed_for(buyer), placed_for(other)
    everybodys = order_pb2.ListOrdersRequest()
    for admitted in (staff, as_service("user_service")):
        listed = orders.ListOrders(everybodys, metadata=admitted).orders
        assert [UUID(order.id) for order in listed] == [others, mine]
    of_other = order_pb2.ListOrdersRequest(user_id=str(other))
    assert len(orders.ListOrders(of_other, metadata=staff).orders) == 1
    assert error_of(orders.ListOrders, of_other, me).code == code_pb2.NOT_FOUND
    assert error_of(orders.ListOrders, everybodys).code == code_pb2.UNAUTHENTICATED
    service = as_service("payment_service")
    assert error_of(orders.ListOrders, everybodys, service).code == code_pb2.UNAUTHENTICATED
