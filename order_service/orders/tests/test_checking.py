"""`checkorders` finds what is wrong, and only that."""

from io import StringIO
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command

from mesh.contract.money import Amount
from mesh.mail.models import Mail
from mesh.outbox.models import Step
from order_service.catalog.models import Product
from order_service.orders.actions import (
    confirm_order,
    decline_order,
    fulfill_order,
    record_refund,
)
from order_service.orders.models import Order, OrderEvent
from order_service.tests.placing import place

pytestmark = pytest.mark.django_db


@pytest.fixture
def fulfilled(pending: UUID) -> UUID:
    confirm_order(order_id=pending, payment_id=uuid4())
    fulfill_order(order_id=pending)
    return pending


def found(*arguments: str) -> list[str]:
    """What it says of each violation."""
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("checkorders", *arguments, stdout=out)
    return [line.partition(" ")[2] for line in out.getvalue().splitlines()]


def test_orders_of_every_kind_hold(fulfilled: UUID) -> None:
    decline_order(order_id=place({"MUG": 1}).id)
    place({"MUG": 1})
    out = StringIO()
    call_command("checkorders", stdout=out)
    assert out.getvalue() == "3 orders hold\n"


def test_at_rest_what_is_under_way_is_a_gap(pending: UUID) -> None:
    call_command("checkorders", stdout=StringIO())
    assert found("--at-rest") == ["is PENDING"]


def test_at_rest_a_mail_not_sent_is_a_gap(fulfilled: UUID) -> None:
    Mail.objects.filter(template="order_confirmed").update(state=Mail.State.DROPPED)
    assert found("--at-rest") == ["was never told by the mail order_fulfilled"]


def test_an_order_that_nothing_will_end_is_a_gap(pending: UUID) -> None:
    Step.objects.all().delete()
    assert found() == ["is PENDING, and no step is enqueued that would end that"]


@pytest.mark.parametrize("seq", [1, 2, 3])
def test_a_history_with_a_hole_is_a_gap(fulfilled: UUID, seq: int) -> None:
    OrderEvent.objects.filter(seq=seq).delete()
    assert "is FULFILLED, which its events do not lead to" in found()


def test_a_history_that_goes_where_no_order_may_is_a_gap(fulfilled: UUID) -> None:
    OrderEvent.objects.filter(seq=2).update(state=Order.State.CANCELLED)
    assert "is FULFILLED, which its events do not lead to" in found()


def test_a_state_that_no_event_tells_of_is_a_gap(pending: UUID) -> None:
    Order.objects.update(state=Order.State.CONFIRMED, payment_id=uuid4(), payment_method="")
    assert found() == ["is CONFIRMED, which its events do not lead to"]


def test_a_refund_that_no_event_tells_of_is_a_gap(fulfilled: UUID) -> None:
    Order.objects.update(refunded_minor=10_00)
    assert found() == ["is FULFILLED, which its events do not lead to"]


@pytest.mark.parametrize("refunded_minor", [0, 5_00, 20_00])
def test_events_whose_sums_do_not_grow_to_what_was_refunded_are_a_gap(
    fulfilled: UUID, refunded_minor: int
) -> None:
    payment_id = Order.objects.get().payment_id
    assert payment_id is not None
    for minor in (5_00, 10_00):
        record_refund(order_id=fulfilled, payment_id=payment_id, refunded=Amount(minor, "EUR"))
    call_command("checkorders", stdout=StringIO())
    OrderEvent.objects.filter(seq=5).update(refunded_minor=refunded_minor)
    assert "is FULFILLED, which its events do not lead to" in found()


def test_a_refund_that_no_mail_tells_of_is_a_gap(fulfilled: UUID) -> None:
    payment_id = Order.objects.get().payment_id
    assert payment_id is not None
    record_refund(order_id=fulfilled, payment_id=payment_id, refunded=Amount(5_00, "EUR"))
    Mail.objects.get(template="refund_issued").delete()
    assert found() == ["was never told by the mail refund_issued"]


def test_a_mail_that_is_not_there_or_that_nobody_sends_is_a_gap(fulfilled: UUID) -> None:
    Mail.objects.get(template="order_confirmed").delete()
    Step.objects.filter(key=f"mail:order_fulfilled:{fulfilled}").delete()
    assert found() == [
        "was never told by the mail order_confirmed",
        "was never told by the mail order_fulfilled",
    ]


def test_stock_that_came_back_twice_or_not_at_all_is_a_gap(pending: UUID) -> None:
    Product.objects.update(stock=10)
    assert found() == ["has 10 in stock, of 10 supplied and 4 ordered"]
    decline_order_without_its_stock(pending)
    assert found() == ["has 6 in stock, of 10 supplied and 0 ordered"]


def decline_order_without_its_stock(order_id: UUID) -> None:
    Product.objects.update(stock=6)
    decline_order(order_id=order_id)
    Product.objects.update(stock=6)
