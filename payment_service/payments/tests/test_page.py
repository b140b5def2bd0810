"""The page of payments: their ledger, and paying back by the outbox."""

from decimal import Decimal
from uuid import uuid4

import pytest

from mesh.outbox.models import Step
from mesh.outbox.runner import run_steps
from mesh.testing.browser import Browser, signed_in, text_of, trail
from payment_service.payments.models import Payment, Refund
from payment_service.payments.tests.client import Client, uid

READ, WRITE = "payments.read", "payments.write"


@pytest.fixture
def payment(orders: Client) -> Payment:
    """100 euro, captured."""
    return Payment.objects.get(id=orders.capture().id)


@pytest.fixture
def staff(payment: Payment) -> Browser:
    return signed_in(READ, WRITE)


def pay_back(staff: Browser, payment: Payment, amount: str = "", request_id: str = "") -> str:
    (told,) = staff.do("refund", payment, amount=amount, request_id=request_id or uid())
    return told


def run_what_is_due() -> int:
    return run_steps([step.id for step in Step.objects.filter(done_time=None)])


def test_a_payment_is_shown_with_its_ledger(staff: Browser, payment: Payment) -> None:
    assert "provider customer 100.00 EUR" in text_of(staff.page(payment))
    assert "1 payment " in text_of(staff.listing(Payment, q=payment.order_id))
    assert "0 payments " in text_of(staff.listing(Payment, q=uuid4()))


def test_a_part_is_paid_back_by_a_step_right_away(staff: Browser, payment: Payment) -> None:
    assert pay_back(staff, payment, "30").endswith(" is being paid back.")
    assert Refund.objects.get().state == "PENDING"
    assert run_what_is_due() == 1
    payment.refresh_from_db()
    assert (payment.state, payment.refunded_minor) == ("PARTIALLY_REFUNDED", 3000)
    assert "customer provider 30.00 EUR" in text_of(staff.page(payment))
    assert trail() == ["Pay back, amount 30"]


def test_without_an_amount_all_is_paid_back(staff: Browser, payment: Payment) -> None:
    pay_back(staff, payment)
    run_what_is_due()
    payment.refresh_from_db()
    assert payment.state == "REFUNDED"


def test_what_is_left_is_offered_and_nothing_once_all_is_paid_back(
    staff: Browser, payment: Payment
) -> None:
    pay_back(staff, payment, "30")
    assert staff.ask("refund", payment).context["form"].initial == {"amount": Decimal("70.00")}
    assert "70.00 EUR" in text_of(staff.page(payment))
    assert staff.page(payment).context["row_actions"] == [("refund", "Pay back")]
    pay_back(staff, payment)
    assert staff.page(payment).context["row_actions"] == []


def test_a_form_sent_twice_pays_back_once(staff: Browser, payment: Payment) -> None:
    request_id = uid()
    pay_back(staff, payment, "30", request_id)
    pay_back(staff, payment, "30", request_id)
    assert Refund.objects.count() == 1


@pytest.mark.parametrize(
    ("amount", "reason"),
    [("100.01", "REFUND_EXCEEDS_CAPTURE"), ("0.001", "REQUEST_INVALID")],
)
def test_what_can_not_be_paid_back_is_refused_and_in_the_trail(
    staff: Browser, payment: Payment, amount: str, reason: str
) -> None:
    pay_back(staff, payment, amount)
    assert not Refund.objects.exists()
    assert trail()[0].endswith(f"refused, {reason}")


@pytest.mark.parametrize("amount", ["0", "-1", "much"])
def test_what_is_no_amount_is_asked_for_again(
    staff: Browser, payment: Payment, amount: str
) -> None:
    response = staff.ask("refund", payment, amount=amount, request_id=uid(), confirmed="Yes")
    assert response.context["form"].errors.keys() == {"amount"}
    assert not Refund.objects.exists()


def test_who_may_only_read_payments_pays_nothing_back(staff: Browser, payment: Payment) -> None:
    signed_in(READ).do("refund", payment, request_id=uid())
    assert not Refund.objects.exists()
