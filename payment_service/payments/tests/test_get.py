from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payment_service.payments.convert import found_to_wire, to_wire
from payment_service.payments.models import Payment
from payment_service.payments.queries import payments_seen_by
from payment_service.payments.tests.client import Client, money, outcome, uid


def test_the_owner_staff_and_the_order_service_see_a_payment(
    nobody: Client, orders: Client
) -> None:
    payment = orders.capture()
    assert orders.get(payment.id) == payment
    assert nobody.as_user(payment.user_id).get(payment.id) == payment
    assert nobody.as_user(uid(), "payments.read").get(payment.id) == payment


def test_anothers_payment_is_as_if_it_were_not_there(nobody: Client, orders: Client) -> None:
    payment = orders.capture()
    stranger = nobody.as_user(uid(), "payments.write", "orders.read")
    assert outcome(lambda: stranger.get(payment.id)) == "PAYMENT_NOT_FOUND"
    assert outcome(lambda: stranger.get(uid())) == "PAYMENT_NOT_FOUND"


def test_without_a_token_nothing_is_seen(nobody: Client, orders: Client) -> None:
    payment = orders.capture()
    assert outcome(lambda: nobody.get(payment.id)) == "TOKEN_MISSING"
    assert outcome(lambda: nobody.as_service("user_service").get(payment.id)) == "TOKEN_MISSING"


def test_an_id_that_is_no_uuid_is_refused(orders: Client) -> None:
    assert outcome(lambda: orders.get("seven")) == "REQUEST_INVALID"


def test_the_etag_changes_with_every_change(orders: Client) -> None:
    payment = orders.capture()
    refunded = orders.refund(payment.id)
    assert payment.etag != refunded.etag
    assert refunded.update_time.ToDatetime() > payment.update_time.ToDatetime()


@pytest.mark.parametrize("refunds", [0, 1, 3])
def test_what_is_read_is_what_the_models_hold_by_one_statement(
    orders: Client, refunds: int
) -> None:
    payment = orders.capture()
    for _ in range(refunds):
        orders.refund(payment.id, money(1))
    with CaptureQueriesContext(connection) as captured:
        (found,) = payments_seen_by([(UUID(payment.id), None)])
    assert found is not None
    assert len(captured) == 1
    stored = Payment.objects.get(id=payment.id)
    assert found_to_wire(*found) == to_wire(stored)
    assert len(found.ledger) == 1 + refunds


def test_payments_are_read_together_each_for_its_own_owner(orders: Client) -> None:
    one, other = orders.capture(), orders.capture()
    found = payments_seen_by(
        [
            (UUID(one.id), one.user_id),
            (UUID(one.id), other.user_id),
            (UUID(other.id), None),
            (uuid4(), None),
        ]
    )
    assert [row and str(row.payment.id) for row in found] == [one.id, None, other.id, None]
