"""The log that those who watch an order read."""

from uuid import UUID, uuid4

import pytest
from django.db import connection

from market.order.v1 import order_pb2
from order_service.conftest import MakeProduct
from order_service.orders.actions import cancel_order, confirm_order, end_cancelling
from order_service.orders.convert import event_to_wire
from order_service.orders.events import CHANNEL
from order_service.orders.models import Order, OrderEvent
from order_service.orders.queries import events_after
from order_service.tests.placing import place


@pytest.fixture
def refunded(product: MakeProduct) -> UUID:
    product("MUG", stock=10)
    order_id, payment_id = place({"MUG": 4}).id, uuid4()
    confirm_order(order_id=order_id, payment_id=payment_id)
    cancel_order(order_id=order_id, owner=None, reason=Order.CancelReason.UNDELIVERABLE)
    end_cancelling(order_id=order_id, refunded_payment=payment_id)
    return order_id


def seen(events: list[OrderEvent]) -> list[tuple[int, str]]:
    return [(event.seq, event.state) for event in events]


@pytest.mark.django_db
def test_each_move_is_logged_in_turn(refunded: UUID) -> None:
    events = events_after(positions={str(refunded): 0})
    assert seen(events) == [
        (1, "PENDING"),
        (2, "CONFIRMED"),
        (3, "CANCELLING"),
        (4, "REFUNDED"),
    ]
    order = Order.objects.get()
    assert (events[-1].seq, events[-1].create_time) == (order.version, order.update_time)


@pytest.mark.django_db
def test_the_events_of_several_orders_come_each_from_its_own_place(refunded: UUID) -> None:
    other = place({"MUG": 1}).id
    positions = {str(other): 0, str(refunded): 2, str(uuid4()): 0}
    found = events_after(positions=positions)
    assert seen([event for event in found if event.order_id == refunded]) == [
        (3, "CANCELLING"),
        (4, "REFUNDED"),
    ]
    assert seen([event for event in found if event.order_id == other]) == [(1, "PENDING")]
    assert events_after(positions={str(refunded): 2**40}) == []
    assert events_after(positions={}) == []


@pytest.mark.django_db
def test_an_event_says_what_happened_and_why(refunded: UUID) -> None:
    message = event_to_wire(events_after(positions={str(refunded): 2})[0])
    assert (message.seq, message.etag, message.order_id) == (3, "3", str(refunded))
    assert message.state == order_pb2.ORDER_STATE_CANCELLING
    assert message.cancel_reason == order_pb2.CANCEL_REASON_UNDELIVERABLE
    assert message.create_time.seconds > 0


@pytest.mark.django_db(transaction=True)
def test_a_commit_wakes_those_who_listen_with_the_order_s_id(product: MakeProduct) -> None:
    product("MUG", stock=10)
    order_id = place({"MUG": 1}).id
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}")
    confirm_order(order_id=order_id, payment_id=uuid4())
    notified = list(connection.connection.notifies(timeout=5, stop_after=1))
    assert [(notice.channel, notice.payload) for notice in notified] == [(CHANNEL, str(order_id))]
    connection.close()
