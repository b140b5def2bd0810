import io
import time
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from mesh.contract.money import Amount
from payment_service.payments.models import LedgerEntry, Payment, Refund
from payment_service.payments.providers.base import ProviderRequest
from payment_service.payments.providers.sandbox import Sandbox
from payment_service.payments.tests.client import Client, money, outcome, uid


def checked() -> str:
    """What `checkledger` prints. Raises CommandError when it finds a violation."""
    out = io.StringIO()
    call_command("checkledger", stdout=out)
    return out.getvalue()


def gaps() -> list[str]:
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("checkledger", stdout=out)
    return out.getvalue().splitlines()


def test_the_database_refuses_to_change_or_delete_what_is_in_the_ledger(orders: Client) -> None:
    orders.capture()
    for change in (
        lambda: LedgerEntry.objects.update(amount_minor=1),
        lambda: LedgerEntry.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError, match="only ever added to"), transaction.atomic():
            change()
    assert LedgerEntry.objects.get().amount_minor == 10000


def test_the_database_refuses_a_second_capture_of_a_payment(orders: Client) -> None:
    payment = Payment.objects.get(id=orders.capture().id)
    with pytest.raises(IntegrityError, match="ledger_one_capture"):
        LedgerEntry.objects.create(
            payment=payment,
            debit_account="provider",
            credit_account="customer",
            amount_minor=1,
            currency="EUR",
        )


def test_the_database_refuses_refunds_above_what_was_captured(orders: Client) -> None:
    payment = Payment.objects.get(id=orders.capture().id)
    with pytest.raises(IntegrityError, match="payment_refunds_within_capture"):
        Payment.objects.filter(id=payment.id).update(refunding_minor=10001)


def test_checkledger_agrees_with_what_was_captured_and_refunded(orders: Client) -> None:
    orders.refund(orders.capture().id, money(30))
    orders.refund(orders.capture(amount=money(500, "JPY")).id)
    orders.capture()
    assert checked() == "3 payments agree with their ledger\n"


def test_checkledger_fails_and_names_the_payment_with_a_gap(orders: Client) -> None:
    payment = Payment.objects.get(id=orders.capture().id)
    refund = Refund.objects.create(payment=payment, request_id=uid(), amount_minor=700)
    LedgerEntry.objects.create(
        payment=payment,
        refund=refund,
        debit_account="customer",
        credit_account="provider",
        amount_minor=700,
        currency="EUR",
    )
    Refund.objects.update(state="DONE", reference="re_planted", done_time=Now())
    orders.capture()
    assert gaps() == [
        f"payment {payment.id}: 10000 held, 9300 in the ledger",
        f"payment {payment.id}: 0 refunded and 0 held, 700 and 0 by its refunds",
        "re_planted: none moved, -7.00 EUR in the ledger",
    ]


def test_checkledger_finds_an_amount_held_for_no_refund(orders: Client) -> None:
    payment = Payment.objects.get(id=orders.capture().id)
    Payment.objects.filter(id=payment.id).update(refunding_minor=300)
    assert gaps() == [f"payment {payment.id}: 0 refunded and 300 held, 0 and 0 by its refunds"]


def test_checkledger_finds_a_charge_that_only_the_provider_knows(orders: Client) -> None:
    orders.capture()
    deadline = time.monotonic() + 1
    ask = ProviderRequest("lost", about=uuid4(), since=datetime.now(UTC), deadline=deadline)
    Sandbox().capture(ask, amount=Amount(500, "JPY"), method="pm_ok")
    assert gaps() == ["ch_lost: 500 JPY moved, none in the ledger"]


def test_checkledger_lets_what_has_no_outcome_yet_be(orders: Client) -> None:
    assert outcome(lambda: orders.capture("pm_timeout")) == "PROVIDER_UNAVAILABLE"
    assert checked() == "1 payments agree with their ledger\n"


def test_checkledger_counts_no_money_that_is_only_held(orders: Client) -> None:
    held = orders.authorize()
    orders.void(orders.authorize().order_id)
    orders.void(uid())
    assert checked() == "3 payments agree with their ledger\n"
    orders.capture(order_id=held.order_id, amount=money(30))
    assert checked() == "3 payments agree with their ledger\n"


def test_checkledger_counts_no_money_of_another_currency(orders: Client) -> None:
    payment = Payment.objects.get(id=orders.capture().id)
    Payment.objects.filter(id=payment.id).update(currency="USD")
    with pytest.raises(CommandError):
        checked()
