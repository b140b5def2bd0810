"""What the payment service tells of refunds, and what becomes of the order, at once or in turn."""

from collections.abc import Callable
from functools import partial
from io import StringIO
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from mesh.contract.money import Amount
from mesh.core.errors import DomainError
from mesh.mail.models import Mail
from order_service.conftest import MakeProduct
from order_service.orders.actions import (
    confirm_order,
    decline_order,
    fulfill_order,
    record_refund,
)
from order_service.orders.errors import OrderNotConfirmed, OrderNotFound, RefundMismatch
from order_service.orders.models import Order, OrderEvent
from order_service.orders.watching import events_after
from order_service.tests.cancelling import cancel
from order_service.tests.placing import place, stock
from order_service.tests.steps import mails, run_owed
from order_service.tests.threads import at_once
from order_service.tests.toys import ToyPayments

pytestmark = pytest.mark.django_db(transaction=True)
State = Order.State
PAYMENT = UUID(int=7)
TOTAL = 4 * 12_90


@pytest.fixture
def confirmed(pending: UUID) -> UUID:
    """An order of 4 of 10 mugs, 51.60 in all."""
    confirm_order(order_id=pending, payment_id=PAYMENT)
    return pending


def refund(order_id: UUID, minor: int, payment_id: UUID = PAYMENT) -> Order:
    refunded = Amount(minor, "EUR")
    return record_refund(order_id=order_id, payment_id=payment_id, refunded=refunded)


def history(order_id: UUID) -> list[tuple[int, str, int]]:
    events = OrderEvent.objects.filter(order=order_id)
    return list(events.values_list("seq", "state", "refunded_minor"))


def all_hold() -> None:
    call_command("checkorders", stdout=StringIO())


def test_a_whole_refund_ends_the_order_with_its_goods_back_and_tells_it(confirmed: UUID) -> None:
    order = refund(confirmed, TOTAL)
    assert (order.state, order.cancel_reason) == (State.REFUNDED, Order.CancelReason.REFUNDED)
    assert history(confirmed)[-1] == (3, "REFUNDED", TOTAL)
    assert (stock(), mails()) == ({"MUG": 10}, ["order_confirmed", "order_refunded"])
    with pytest.raises(OrderNotConfirmed):
        fulfill_order(order_id=confirmed)
    assert cancel(confirmed).version == order.version
    all_hold()


def test_refunds_in_parts_are_each_told_once_and_the_last_one_ends_the_order(
    confirmed: UUID,
) -> None:
    for minor in (10_00, 10_00, 30_00, 20_00, TOTAL, 30_00):
        refund(confirmed, minor)
    assert history(confirmed)[1:] == [
        (2, "CONFIRMED", 0),
        (3, "CONFIRMED", 10_00),
        (4, "CONFIRMED", 30_00),
        (5, "REFUNDED", TOTAL),
    ]
    assert mails() == ["order_confirmed", "refund_issued", "refund_issued", "order_refunded"]
    told = Mail.objects.filter(template="refund_issued").order_by("id")
    assert [mail.context["refund"] for mail in told] == ["10.00 EUR", "20.00 EUR"]
    all_hold()


def test_an_order_refunded_in_part_may_be_handed_over_and_keeps_its_goods(
    confirmed: UUID,
) -> None:
    refund(confirmed, 10_00)
    assert fulfill_order(order_id=confirmed).refunded_minor == 10_00
    assert refund(confirmed, TOTAL).state == State.FULFILLED
    assert history(confirmed)[-2:] == [(4, "FULFILLED", 10_00), (5, "FULFILLED", TOTAL)]
    assert stock() == {"MUG": 6}
    assert mails()[-2:] == ["order_fulfilled", "refund_issued"]
    all_hold()


def test_an_order_refunded_in_part_may_be_cancelled_and_ends_refunded(
    confirmed: UUID, payments: type[ToyPayments]
) -> None:
    refund(confirmed, 10_00)
    ToyPayments.captured[str(confirmed)] = PAYMENT
    assert cancel(confirmed).refunded_minor == 10_00
    assert refund(confirmed, 20_00).state == State.CANCELLING
    run_owed("charge_order", "void_order")
    assert history(confirmed)[-2:] == [(4, "CANCELLING", 10_00), (5, "REFUNDED", TOTAL)]
    assert refund(confirmed, TOTAL).version == 5
    assert mails() == ["order_confirmed", "refund_issued", "order_refunded"]
    assert stock() == {"MUG": 10}
    all_hold()


def test_a_refund_proves_the_charge_of_an_order_that_had_not_heard_of_it(
    pending: UUID, payments: type[ToyPayments]
) -> None:
    refund(pending, 10_00)
    ToyPayments.captured[str(pending)] = PAYMENT
    run_owed("charge_order")
    assert history(pending) == [
        (1, "PENDING", 0),
        (2, "CONFIRMED", 0),
        (3, "CONFIRMED", 10_00),
    ]
    assert mails() == ["order_confirmed", "refund_issued"]
    assert payments.asked == []
    all_hold()


def test_a_refund_that_can_not_be_of_this_order_is_refused(
    confirmed: UUID, product: MakeProduct
) -> None:
    with pytest.raises(RefundMismatch):
        refund(confirmed, 10_00, payment_id=uuid4())
    with pytest.raises(RefundMismatch):
        refund(confirmed, TOTAL + 1)
    with pytest.raises(RefundMismatch):
        record_refund(order_id=confirmed, payment_id=PAYMENT, refunded=Amount(1, "USD"))
    with pytest.raises(OrderNotFound):
        refund(uuid4(), 10_00)
    declined = place({"MUG": 1}).id
    decline_order(order_id=declined)
    with pytest.raises(RefundMismatch):
        refund(declined, 1)
    assert history(confirmed)[-1] == (2, "CONFIRMED", 0)


def test_only_the_newest_event_of_an_order_that_ended_ends_a_stream(confirmed: UUID) -> None:
    fulfill_order(order_id=confirmed)

    def final() -> list[bool]:
        return [event.final for event in events_after({str(confirmed): 0})]

    assert final() == [False, False, True]
    refund(confirmed, 10_00)
    assert final() == [False, False, False, True]


def test_the_database_keeps_refunds_within_the_total_and_never_lets_them_fall(
    confirmed: UUID,
) -> None:
    refund(confirmed, 10_00)
    order = Order.objects.filter(id=confirmed)
    for minor, refused_by in (
        (9_99, "can not fall"),
        (TOTAL, "orders_order_refunded"),
        (-1, "can not fall"),
    ):
        with pytest.raises(IntegrityError, match=refused_by), transaction.atomic():
            order.update(refunded_minor=minor)
    fulfill_order(order_id=confirmed)
    with pytest.raises(IntegrityError, match="orders_order_refunded"), transaction.atomic():
        order.update(refunded_minor=TOTAL + 1)


def test_a_process_from_before_refunds_were_kept_ends_orders_with_all_refunded(
    confirmed: UUID,
) -> None:
    cancel(confirmed)
    Order.objects.filter(id=confirmed).update(state=State.REFUNDED, version=4)
    OrderEvent.objects.create(
        order_id=confirmed, seq=4, state=State.REFUNDED, create_time="2026-01-01T00:00Z"
    )
    assert Order.objects.get().refunded_minor == TOTAL
    assert history(confirmed)[-1] == (4, "REFUNDED", TOTAL)


@pytest.mark.parametrize("whole", [True, False])
def test_refunds_a_cancel_and_a_handing_over_at_once_end_in_one_defined_state(
    product: MakeProduct, payments: type[ToyPayments], whole: bool
) -> None:
    product("MUG", stock=100)
    outcomes = set()
    for _ in range(8):
        order_id, payment_id = place({"MUG": 4}).id, uuid4()
        confirm_order(order_id=order_id, payment_id=payment_id)
        ToyPayments.captured[str(order_id)] = payment_id
        sums = (10_00, 20_00, 20_00, TOTAL if whole else 30_00)
        refunds: list[Callable[[], object]] = [
            partial(refund, order_id, minor, payment_id) for minor in sums
        ]
        others = [partial(cancel, order_id), partial(fulfill_order, order_id=order_id)]
        for answer in at_once([*refunds, *others]):
            assert not isinstance(answer, DomainError) or answer.reason in {
                "ORDER_FULFILLED",
                "ORDER_NOT_CONFIRMED",
            }
        run_owed("charge_order", "void_order")
        order = Order.objects.get(id=order_id)
        outcomes.add((order.state, order.refunded_minor))
    assert outcomes <= {
        (State.REFUNDED, TOTAL),
        (State.FULFILLED, TOTAL if whole else 30_00),
    }
    all_hold()
