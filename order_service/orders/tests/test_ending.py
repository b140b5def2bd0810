"""The ends of an order: each is reached once, and none is turned into another."""

from uuid import UUID, uuid4

import pytest

from order_service.conftest import MakeProduct
from order_service.orders.actions import cancel_order, confirm_order
from order_service.orders.errors import TransitionRefused
from order_service.orders.models import Order
from order_service.tests.placing import place, stock
from order_service.tests.steps import mails

pytestmark = pytest.mark.django_db
DECLINED = Order.CancelReason.PAYMENT_DECLINED


@pytest.fixture
def pending(product: MakeProduct) -> UUID:
    """An order of 4 of 10 mugs."""
    product("MUG", stock=10)
    return place({"MUG": 4}).id


def test_confirming_twice_changes_nothing(pending: UUID) -> None:
    payment_id = uuid4()
    confirm_order(order_id=pending, payment_id=payment_id)
    confirm_order(order_id=pending, payment_id=payment_id)
    assert (Order.objects.get().version, mails()) == (2, ["order_confirmed"])


def test_cancelling_twice_returns_the_stock_once(pending: UUID) -> None:
    cancel_order(order_id=pending, reason=DECLINED)
    cancel_order(order_id=pending, reason=DECLINED)
    assert (Order.objects.get().version, stock()["MUG"], mails()) == (2, 10, ["order_cancelled"])


def test_no_end_is_turned_into_another(pending: UUID) -> None:
    confirm_order(order_id=pending, payment_id=uuid4())
    with pytest.raises(TransitionRefused):
        cancel_order(order_id=pending, reason=DECLINED)
    with pytest.raises(TransitionRefused):
        confirm_order(order_id=pending, payment_id=uuid4())
    assert (Order.objects.get().state, stock()["MUG"]) == (Order.State.CONFIRMED, 6)
    assert mails() == ["order_confirmed"]
