"""The page of orders: what staff sees of one, and what it may do to it."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from mesh.admin.actions import Answers
from mesh.admin.cells import short
from mesh.contract.money import Amount
from mesh.outbox.models import Step
from mesh.testing.browser import signed_in, text_of, trail
from order_service.conftest import MakeProduct
from order_service.orders.actions import confirm_order, record_refund
from order_service.orders.admin import OrderPage
from order_service.orders.models import Order
from order_service.tests.placing import place, stock

pytestmark = pytest.mark.django_db
READ, WRITE = "orders.read", "orders.write"


def confirmed(order_id: UUID) -> Order:
    confirm_order(order_id=order_id, payment_id=UUID(int=7))
    return Order.objects.get(id=order_id)


def test_an_order_is_shown_with_its_lines_and_its_history(pending: UUID) -> None:
    order = confirmed(pending)
    shown = text_of(signed_in(READ).page(order))
    assert "MUG The MUG 4 12.90 EUR" in shown
    assert "UTC Pending " in shown
    assert "UTC Confirmed " in shown


def test_the_token_of_a_payment_method_is_not_shown(pending: UUID) -> None:
    assert "pm_ok" not in text_of(signed_in(READ).page(Order.objects.get()))


def test_a_cancelled_order_owes_what_a_cancelled_order_owes(pending: UUID) -> None:
    order = confirmed(pending)
    assert signed_in(READ, WRITE).do("cancel", order) == [f"Order {short(order.id)} was cancelled."]
    order.refresh_from_db()
    assert (order.state, order.cancel_reason) == ("CANCELLING", "REQUESTED")
    assert Step.objects.filter(kind="void_order", key=order.id).exists()
    assert trail() == ["Cancel"]


def test_the_trail_names_the_request_that_the_steps_of_a_deed_go_by(pending: UUID) -> None:
    signed_in(READ, WRITE).do("cancel", confirmed(pending))
    said = LogEntry.objects.latest("pk").get_change_message()
    step = Step.objects.get(kind="void_order", key=pending)
    assert said == f"Cancel (request {step.request_id})"


def test_an_order_that_was_handed_over_can_not_be_cancelled(pending: UUID) -> None:
    order, staff = confirmed(pending), signed_in(READ, WRITE)
    staff.do("fulfill", order)
    (told,) = staff.do("cancel", order)
    assert "can't be cancelled any more" in told
    assert trail() == ["Mark as handed over", "Cancel: refused, ORDER_FULFILLED"]
    assert (Order.objects.get().state, stock()) == ("FULFILLED", {"MUG": 6})


def test_an_order_s_page_offers_only_what_may_be_done_to_it(pending: UUID) -> None:
    staff = signed_in(READ, WRITE)

    def offered() -> list[str]:
        return [title for _, title in staff.page(Order.objects.get()).context["row_actions"]]

    assert offered() == ["Cancel"]
    order = confirmed(pending)
    assert offered() == ["Mark as handed over", "Cancel"]
    paid_back(order, 12_00)
    assert offered() == ["Mark as handed over", "Cancel"]
    assert "12.00 EUR" in text_of(staff.page(order))
    paid_back(order, order.total_minor)
    assert offered() == []
    assert "Refunded" in text_of(staff.page(order))


def test_an_order_is_handed_over_once(pending: UUID) -> None:
    order, staff = confirmed(pending), signed_in(READ, WRITE)
    assert staff.do("fulfill", order) == [f"Order {short(order.id)} was handed over."]
    (told,) = staff.do("fulfill", order)
    assert told.endswith("nothing was left to do")
    assert trail() == ["Mark as handed over", "Mark as handed over: refused, NOTHING_LEFT_TO_DO"]


def test_an_order_leads_to_its_payment_in_the_other_service(
    pending: UUID, settings: Settings
) -> None:
    settings.ADMIN_SITES = {"payment_service": "https://payments.example"}
    shown = signed_in(READ).page(confirmed(pending)).content.decode()
    assert f'href="https://payments.example/find/?id={UUID(int=7)}"' in shown


@pytest.mark.parametrize("made", [str, short, lambda row_id: str(row_id)[:13]])
def test_an_order_is_found_by_an_id_that_is_whole_short_or_begun(
    pending: UUID, made: Callable[[UUID], str]
) -> None:
    assert "1 order " in text_of(signed_in(READ).listing(Order, q=made(pending)))


@pytest.mark.parametrize("made", [str, short])
def test_an_id_leads_to_its_row_from_every_page(pending: UUID, made: Callable[[UUID], str]) -> None:
    found = signed_in(READ).get("/find/", {"id": made(pending)})
    assert found["Location"] == f"/orders/order/{pending}/change/"


def test_an_id_of_a_row_that_one_may_not_see_leads_nowhere(
    pending: UUID, settings: Settings
) -> None:
    settings.ADMIN_SITES = {"payment_service": "https://payments.example"}
    told = signed_in("catalog.write").get("/find/", {"id": str(pending)})
    assert told.status_code == 404
    assert f"https://payments.example/find/?id={pending}" in told.content.decode()


def paid_back(order: Order, minor: int) -> None:
    refunded = Amount(minor, order.currency)
    record_refund(order_id=order.id, payment_id=UUID(int=7), refunded=refunded)


def test_several_orders_are_each_done_or_refused(pending: UUID) -> None:
    orders = [confirmed(pending), place({"MUG": 1})]
    staff = signed_in(READ, WRITE)
    asked = text_of(staff.ask("fulfill", *orders))
    assert asked.count("will be left as it is") == 1
    assert f"order {short(orders[1].id)}: will be left as it is" in asked
    told = staff.do("fulfill", *reversed(orders))
    assert f"Order {short(pending)} was handed over." in told
    assert any("only a confirmed order" in one for one in told)
    assert told[-1] == "Mark as handed over: done for 1 of 2 orders."


def test_of_many_orders_no_refusal_is_left_unsaid(product: MakeProduct) -> None:
    product("PEN", stock=61)
    orders = [place({"PEN": 1}) for _ in range(61)]
    confirmed(orders[0].id)
    told = signed_in(READ, WRITE).do("fulfill", *orders)
    assert len(told) == len(orders) + 1
    for order in orders:
        assert any(short(order.id) in one for one in told)


def test_an_order_that_fails_for_an_unknown_reason_stops_no_other(
    pending: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [confirmed(pending), place({"MUG": 1})]
    action = OrderPage.row_actions["fulfill"]

    def fail(order: Order, answers: Answers) -> None:
        if order.id != pending:
            raise RuntimeError
        action.act(order, answers)

    monkeypatch.setitem(OrderPage.row_actions, "fulfill", replace(action, act=fail))
    told = signed_in(READ, WRITE).do("fulfill", *orders)
    assert f"Order {short(orders[1].id)}: failed, nothing was changed" in told
    assert Order.objects.get(id=pending).state == Order.State.FULFILLED


def test_who_may_only_read_orders_changes_none(pending: UUID) -> None:
    order, reader = Order.objects.get(), signed_in(READ)
    assert "Cancel" not in text_of(reader.page(order)).replace("Cancel reason", "")
    reader.do("cancel", order)
    assert (Order.objects.get().state, trail()) == ("PENDING", [])


def test_who_has_no_scope_of_orders_does_not_see_them(pending: UUID) -> None:
    assert signed_in("catalog.write").page(Order.objects.get()).status_code == 403


def test_the_list_is_read_by_an_index_in_as_many_queries_whatever_its_length(
    pending: UUID,
) -> None:
    staff, order = signed_in(READ), Order.objects.get()
    with CaptureQueriesContext(connection) as few:
        staff.listing(Order)
    for _ in range(5):
        place({"MUG": 1}, user_id=order.user_id)
    with CaptureQueriesContext(connection) as many:
        staff.listing(Order)
    assert len(few) == len(many)
    assert "6 orders " in text_of(staff.listing(Order, q=order.user_id))
