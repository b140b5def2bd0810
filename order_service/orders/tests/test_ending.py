"""The ends of an order: each is reached once, and none is turned into another."""

from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from order_service.orders.actions import (
    cancel_order,
    confirm_order,
    decline_order,
    end_cancelling,
)
from order_service.orders.errors import TransitionRefused
from order_service.orders.models import Order
from order_service.tests.placing import stock
from order_service.tests.steps import mails

pytestmark = pytest.mark.django_db


def test_confirming_twice_changes_nothing(pending: UUID) -> None:
    payment_id = uuid4()
    confirm_order(order_id=pending, payment_id=payment_id)
    confirm_order(order_id=pending, payment_id=payment_id)
    assert (Order.objects.get().version, mails()) == (2, ["order_confirmed"])


def test_declining_twice_returns_the_stock_once(pending: UUID) -> None:
    decline_order(order_id=pending)
    decline_order(order_id=pending)
    assert (Order.objects.get().version, stock()["MUG"], mails()) == (2, 10, ["order_cancelled"])


def test_no_end_is_turned_into_another(pending: UUID) -> None:
    confirm_order(order_id=pending, payment_id=uuid4())
    with pytest.raises(TransitionRefused):
        decline_order(order_id=pending)
    with pytest.raises(TransitionRefused):
        confirm_order(order_id=pending, payment_id=uuid4())
    assert (Order.objects.get().state, stock()["MUG"]) == (Order.State.CONFIRMED, 6)
    assert mails() == ["order_confirmed"]


def test_ending_what_was_given_up_twice_returns_the_stock_once(pending: UUID) -> None:
    cancel_order(order_id=pending, owner=None, reason=Order.CancelReason.REQUESTED)
    end_cancelling(order_id=pending, refunded_payment=None)
    end_cancelling(order_id=pending, refunded_payment=None)
    assert (Order.objects.get().version, stock()["MUG"], mails()) == (3, 10, ["order_cancelled"])


def test_what_was_paid_is_not_ended_as_if_it_were_not(pending: UUID) -> None:
    confirm_order(order_id=pending, payment_id=uuid4())
    cancel_order(order_id=pending, owner=None, reason=Order.CancelReason.REQUESTED)
    with pytest.raises(IntegrityError), transaction.atomic():
        end_cancelling(order_id=pending, refunded_payment=None)
    assert (Order.objects.get().state, stock()["MUG"]) == (Order.State.CANCELLING, 6)
