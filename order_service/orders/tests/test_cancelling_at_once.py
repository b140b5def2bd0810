"""Who gives an order up while others do something with it, on real threads."""

from collections.abc import Callable
from functools import partial
from uuid import UUID, uuid4

import pytest

from mesh.core.errors import DomainError
from mesh.outbox.models import Step
from order_service.conftest import MakeProduct
from order_service.orders.actions import confirm_order, fulfill_order
from order_service.orders.models import Order, OrderEvent
from order_service.tests.cancelling import cancel
from order_service.tests.placing import place, stock
from order_service.tests.steps import mails, run_owed
from order_service.tests.threads import at_once
from order_service.tests.toys import ToyPayments

pytestmark = pytest.mark.django_db(transaction=True)
Payments = type[ToyPayments]
State = Order.State
ROUNDS = 10


@pytest.fixture
def pending(product: MakeProduct) -> Callable[[], UUID]:
    """Places an order of one mug of many."""
    product("MUG", stock=100)
    return lambda: place({"MUG": 1}).id


def states(order_id: UUID) -> list[str]:
    return list(OrderEvent.objects.filter(order=order_id).values_list("state", flat=True))


def test_two_cancels_are_one(pending: Callable[[], UUID], payments: Payments) -> None:
    order_id = pending()
    answers = at_once([partial(cancel, order_id)] * 8)
    assert {answer.version for answer in answers if isinstance(answer, Order)} == {2}
    assert Step.objects.filter(kind="void_order").count() == 1
    run_owed("charge_order")
    assert (stock()["MUG"], mails()) == (100, ["order_cancelled"])
    assert states(order_id) == ["PENDING", "CANCELLING", "CANCELLED"]


def test_a_cancel_against_its_charge_leaves_no_money_taken(
    pending: Callable[[], UUID], payments: Payments
) -> None:
    for _ in range(ROUNDS):
        order_id = pending()
        at_once([partial(cancel, order_id), partial(run_owed, "charge_order")])
        run_owed("charge_order", "void_order")
        assert states(order_id)[-2:] in (["CANCELLING", "CANCELLED"], ["CANCELLING", "REFUNDED"])
        assert (stock()["MUG"], payments.holds()) == (100, set())


def test_of_a_cancel_and_a_handing_over_one_is_refused(
    pending: Callable[[], UUID], payments: Payments
) -> None:
    for _ in range(ROUNDS):
        order_id = pending()
        confirm_order(order_id=order_id, payment_id=uuid4())
        answers = at_once([partial(cancel, order_id), partial(fulfill_order, order_id=order_id)])
        (refusal,) = [answer for answer in answers if isinstance(answer, DomainError)]
        outcome = {"ORDER_FULFILLED": State.FULFILLED, "ORDER_NOT_CONFIRMED": State.CANCELLING}
        assert Order.objects.get(id=order_id).state == outcome[refusal.reason]


def test_a_confirmation_against_a_cancel_never_waits_for_it_in_a_circle(
    pending: Callable[[], UUID], payments: Payments
) -> None:
    orders = [pending() for _ in range(ROUNDS)]
    cancels = [partial(cancel, order_id) for order_id in orders]
    at_once([*cancels, *[partial(run_owed, "charge_order")] * 4])
    run_owed("charge_order", "void_order")
    assert set(Order.objects.values_list("state", flat=True)) <= {State.CANCELLED, State.REFUNDED}
    assert (stock()["MUG"], payments.holds()) == (100, set())
