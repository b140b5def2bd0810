"""Charging: each way in which an order comes to its end, and each place to be cut off at."""

from uuid import UUID

import pytest
from django.db import transaction

from mesh.outbox import leases
from mesh.outbox.actions import enqueue
from mesh.outbox.models import Step
from order_service.catalog.models import Product
from order_service.conftest import MakeProduct
from order_service.orders import clients, queries
from order_service.orders.models import Order
from order_service.tests.placing import place
from order_service.tests.steps import let_time_pass, mails, run_owed
from order_service.tests.toys import ToyPayments

pytestmark = pytest.mark.django_db(transaction=True)
Payments = type[ToyPayments]
DECLINED = Order.CancelReason.PAYMENT_DECLINED


@pytest.fixture
def pending(product: MakeProduct, buyer: UUID) -> UUID:
    """An order of 4 of 10 mugs."""
    return placed(product, buyer, "pm_ok")


def placed(product: MakeProduct, buyer: UUID, payment_method: str) -> UUID:
    product("MUG", stock=10, price_minor=12_90)
    return place({"MUG": 4}, buyer, payment_method).id


def stock() -> int:
    return Product.objects.get().stock


def open_steps() -> int:
    return Step.objects.filter(kind="charge_order").exclude(state=Step.State.DONE).count()


def test_a_captured_payment_confirms_the_order_and_owes_one_mail(
    pending: UUID, payments: Payments, buyer: UUID
) -> None:
    run_owed("charge_order")
    order = Order.objects.get()
    (asked,) = payments.asked
    assert (order.state, order.version, stock()) == (Order.State.CONFIRMED, 2, 6)
    assert order.payment_id == payments.captured[asked.order_id]
    assert order.update_time > order.create_time
    assert (asked.order_id, asked.user_id) == (str(order.id), str(buyer))
    assert (asked.amount.units, asked.amount.nanos) == (51, 600_000_000)
    assert (asked.amount.currency_code, asked.payment_method) == ("EUR", "pm_ok")
    assert mails() == ["order_confirmed"]


@pytest.mark.parametrize(
    "reason", ["CARD_DECLINED", "INSUFFICIENT_FUNDS", "PAYMENT_METHOD_UNKNOWN"]
)
def test_a_decline_cancels_the_order_returns_the_stock_and_owes_one_mail(
    product: MakeProduct, buyer: UUID, payments: Payments, reason: str
) -> None:
    placed(product, buyer, reason)
    run_owed("charge_order")
    order = Order.objects.get()
    assert (order.state, order.cancel_reason) == (Order.State.CANCELLED, DECLINED)
    assert (order.payment_id, stock()) == (None, 10)
    assert mails() == ["order_cancelled"]
    assert open_steps() == 0


def test_an_order_that_has_ended_forgets_its_payment_method(
    pending: UUID, payments: Payments
) -> None:
    run_owed("charge_order")
    assert Order.objects.get().payment_method == ""


def test_an_order_waits_while_payment_is_down_and_is_confirmed_once_it_is_back(
    pending: UUID, request: pytest.FixtureRequest
) -> None:
    run_owed("charge_order")
    assert (Order.objects.get().state, stock(), mails()) == (Order.State.PENDING, 6, [])
    assert "Unavailable/SERVICE_UNAVAILABLE" in Step.objects.get().last_error
    request.getfixturevalue("payments")
    let_time_pass()
    run_owed("charge_order")
    assert Order.objects.get().state == Order.State.CONFIRMED


def test_an_error_that_is_no_decline_leaves_the_order_pending(
    product: MakeProduct, buyer: UUID, payments: Payments
) -> None:
    placed(product, buyer, "ORDER_ALREADY_PAID")
    run_owed("charge_order")
    assert (Order.objects.get().state, stock()) == (Order.State.PENDING, 6)
    assert open_steps() == 1


def test_a_capture_whose_answer_was_lost_is_asked_for_again_and_not_repeated(
    pending: UUID, payments: Payments
) -> None:
    payments.answers_lost = 1
    run_owed("charge_order")
    let_time_pass()
    run_owed("charge_order")
    assert len({asked.request_id for asked in payments.asked}) == 1
    assert len(payments.asked) > 1
    assert [Order.objects.get().payment_id] == list(payments.captured.values())


def test_a_worker_killed_between_the_answer_and_its_commit_is_made_up_for(
    pending: UUID, payments: Payments
) -> None:
    leases.acquire([Step.objects.get().id], after=(), most=1)
    clients.capture_payment(queries.order(order_id=pending))  # and here it is killed
    run_owed("charge_order")
    assert Order.objects.get().state == Order.State.PENDING
    let_time_pass()
    run_owed("charge_order")
    first, second = payments.asked
    assert first == second
    assert Order.objects.get().payment_id == payments.captured[first.order_id]
    assert mails() == ["order_confirmed"]


def test_a_step_that_comes_after_the_end_changes_nothing(pending: UUID, payments: Payments) -> None:
    run_owed("charge_order")
    before = Order.objects.values().get()
    with transaction.atomic():
        enqueue("charge_order", {"order_id": str(pending)}, key=str(pending))
    run_owed("charge_order")
    assert Order.objects.values().get() == before
    assert (len(payments.asked), mails(), open_steps()) == (1, ["order_confirmed"], 0)
