"""The mails about an order, as their recipients get them."""

from datetime import UTC, datetime
from html import unescape
from uuid import UUID, uuid4

import pytest
from django.core.mail import EmailMultiAlternatives
from pytest_django import Settings

from mesh.contract.money import Amount
from mesh.core.errors import Unavailable
from mesh.core.ids import uuid7
from mesh.mail.message import message_of
from mesh.mail.models import Mail
from order_service.conftest import MakeProduct
from order_service.orders.actions import (
    cancel_order,
    confirm_order,
    decline_order,
    end_cancelling,
    fulfill_order,
    record_refund,
)
from order_service.orders.clients import recipient_of
from order_service.orders.models import Order
from order_service.tests.placing import place
from order_service.tests.toys import ToyUsers

pytestmark = pytest.mark.django_db(transaction=True)
Users = type[ToyUsers]


@pytest.fixture
def order(product: MakeProduct, buyer: UUID) -> Order:
    product("MUG", price_minor=12_90), product("<PEN>", price_minor=3_20)
    return place({"MUG": 2, "<PEN>": 3}, buyer)


def the_mail() -> EmailMultiAlternatives:
    mail = Mail.objects.get()
    recipient = recipient_of(mail.user_id)
    assert recipient is not None
    return message_of(mail, recipient)


def test_a_confirmed_order_is_told_with_its_lines_and_total(order: Order, users: Users) -> None:
    confirm_order(order_id=order.id, payment_id=uuid4())
    mail = the_mail()
    assert mail.to == ["ada@example.org"]
    assert mail.subject == "Your order is confirmed"
    for text in ("Ada L", str(order.id), "2 x The MUG, €12.90 each: €25.80", "€35.40"):
        assert text in mail.body
    assert "The <PEN>" in mail.body
    html = str(mail.alternatives[0][0])
    for text in ("Ada L", str(order.id), "The &lt;PEN&gt;", "€25.80", "€35.40"):
        assert text in html
    assert "http" not in html + str(mail.body)  # no page is told of, so no link leads to one


def test_a_mail_leads_to_the_page_of_its_order_where_there_are_pages(
    order: Order, users: Users, settings: Settings
) -> None:
    settings.ACCOUNT_PAGES_URL = "https://shop.example/account"
    confirm_order(order_id=order.id, payment_id=uuid4())
    mail, link = the_mail(), f"https://shop.example/account/orders/{order.id}"
    assert f"\n{link}\n" in mail.body
    assert f'href="{link}"' in str(mail.alternatives[0][0])


def test_a_declined_order_is_told_with_the_reason(order: Order, users: Users) -> None:
    decline_order(order_id=order.id)
    mail = the_mail()
    assert mail.subject == "Your payment was declined"
    assert "so your order was cancelled. Nothing was charged." in " ".join(str(mail.body).split())
    assert str(order.id) in mail.body


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("REQUESTED", "as asked for"),
        ("UNDELIVERABLE", "can't deliver"),
        ("PAYMENT_UNKNOWN", "could not learn in time"),
    ],
)
def test_an_order_given_up_unpaid_is_told_with_the_reason(
    order: Order, users: Users, reason: str, told: str
) -> None:
    cancel_order(order_id=order.id, owner=None, reason=Order.CancelReason(reason))
    end_cancelling(order_id=order.id, refunded_payment=None)
    mail = the_mail()
    for text in (mail.body, unescape(str(mail.alternatives[0][0]))):
        said = " ".join(str(text).split())
        assert told in said
        assert "Nothing was charged" in said


def test_a_refunded_order_is_told_that_the_money_comes_back(order: Order, users: Users) -> None:
    cancel_order(order_id=order.id, owner=None, reason=Order.CancelReason.REQUESTED)
    end_cancelling(order_id=order.id, refunded_payment=uuid4())
    mail = the_mail()
    assert mail.subject == "Your order was cancelled and refunded"
    assert "on its way back to you" in " ".join(str(mail.body).split())


def test_a_refund_is_told_with_its_amount_and_with_all_refunded_so_far(
    order: Order, users: Users
) -> None:
    payment_id = uuid4()
    confirm_order(order_id=order.id, payment_id=payment_id)
    for minor in (5_00, 12_50):
        Mail.objects.all().delete()
        record_refund(order_id=order.id, payment_id=payment_id, refunded=Amount(minor, "EUR"))
    mail = the_mail()
    assert mail.subject == "You are getting a refund for your order"
    for text in (mail.body, str(mail.alternatives[0][0])):
        assert "€7.50 of what you paid" in text
        assert "refunded €12.50 of €35.40" in " ".join(text.split())


def test_an_order_refunded_by_staff_is_told_why_it_was_cancelled(
    order: Order, users: Users
) -> None:
    payment_id = uuid4()
    confirm_order(order_id=order.id, payment_id=payment_id)
    Mail.objects.all().delete()
    record_refund(order_id=order.id, payment_id=payment_id, refunded=Amount(35_40, "EUR"))
    mail = the_mail()
    assert mail.subject == "Your order was cancelled and refunded"
    assert "we refunded your order in full" in mail.body


def test_a_fulfilled_order_is_told(order: Order, users: Users) -> None:
    confirm_order(order_id=order.id, payment_id=uuid4())
    Mail.objects.all().delete()
    fulfill_order(order_id=order.id)
    mail = the_mail()
    assert mail.subject == "Your order is on its way"
    assert "€35.40" in mail.body


@pytest.mark.parametrize(("locale", "total"), [("de", "35,40\xa0€"), ("de-AT", "€\xa035,40")])
def test_a_german_reader_is_told_in_german_with_dates_and_money_as_written_there(
    order: Order, users: Users, monkeypatch: pytest.MonkeyPatch, locale: str, total: str
) -> None:
    monkeypatch.setattr(users, "locale", locale)
    Order.objects.filter(id=order.id).update(create_time=datetime(2026, 11, 29, tzinfo=UTC))
    confirm_order(order_id=order.id, payment_id=uuid4())
    mail = the_mail()
    assert mail.subject == "Deine Bestellung ist bestätigt"
    html = str(mail.alternatives[0][0])
    for text in (str(mail.body), html):
        for part in ("Hallo Ada L,", "Artikel" if text == html else "je ", total, "Gesamtbetrag"):
            assert part in text
        assert "29. November 2026" in text
    assert f'<html lang="{locale}">' in html


def test_a_region_that_nobody_knows_is_left_out(
    order: Order, users: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users, "locale", "de-XX")
    confirm_order(order_id=order.id, payment_id=uuid4())
    assert "35,40\xa0€" in the_mail().body


def test_a_mail_is_kept_without_personal_data(order: Order) -> None:
    confirm_order(order_id=order.id, payment_id=uuid4())
    assert set(Mail.objects.get().context) == {
        "order_id",
        "order_date",
        "lines",
        "total",
        "refunded",
        "cancel_reason",
    }


def test_an_account_that_is_gone_has_no_address(users: Users) -> None:
    assert recipient_of(uuid7()) is None


def test_an_address_is_not_known_while_the_user_service_is_down(buyer: UUID) -> None:
    with pytest.raises(Unavailable):
        recipient_of(buyer)
