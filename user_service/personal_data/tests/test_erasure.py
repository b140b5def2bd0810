"""Erasing an account has the other services forget the person, however long that takes."""

from uuid import UUID

import pytest
from django.db.models.functions import Now

from mesh.outbox.models import Step
from mesh.outbox.runner import run_steps
from user_service.tests.accounts import an_account, erase
from user_service.tests.toys import ToyOrders, ToyPayments

pytestmark = pytest.mark.django_db(transaction=True)
ERASING = ["erase_orders", "erase_payments"]


def run_due() -> None:
    """Run what is due now, once."""
    due = Step.objects.filter(kind__in=ERASING, done_time=None, next_at__lte=Now())
    run_steps(list(due.order_by("seq").values_list("id", flat=True)))


def let_time_pass() -> None:
    Step.objects.filter(done_time=None).update(next_at=Now(), ring_at=Now())


def open_steps() -> dict[str, int]:
    kinds = list(Step.objects.filter(done_time=None).values_list("kind", flat=True))
    return {kind: kinds.count(kind) for kind in ERASING}


def erased() -> UUID:
    user = an_account()
    erase(user)
    return user.id


def test_each_service_is_asked_until_nothing_is_left_and_again_once_no_token_is_good(
    orders: type[ToyOrders], payments: type[ToyPayments]
) -> None:
    user_id = str(erased())
    run_due()
    assert (orders.asked_to_erase, payments.asked_to_erase) == ([user_id], [user_id])
    assert open_steps() == {"erase_orders": 2, "erase_payments": 1}
    run_due()
    assert orders.asked_to_erase == [user_id]
    for _ in ERASING:
        let_time_pass()
        run_due()
    assert open_steps() == {"erase_orders": 0, "erase_payments": 0}
    assert (len(orders.asked_to_erase), len(payments.asked_to_erase)) == (3, 2)


def test_a_service_that_is_down_holds_up_no_other_and_is_asked_when_it_is_back(
    payments: type[ToyPayments], request: pytest.FixtureRequest
) -> None:
    user_id = str(erased())
    run_due()
    assert payments.asked_to_erase == [user_id]
    assert open_steps() == {"erase_orders": 2, "erase_payments": 1}
    orders: type[ToyOrders] = request.getfixturevalue("orders")
    let_time_pass()
    run_due()
    assert orders.asked_to_erase == [user_id]
