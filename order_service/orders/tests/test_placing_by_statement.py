"""The one statement that places an order: what it writes, and what may happen around it."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.order.v1 import order_pb2
from mesh.context import Call, serving
from mesh.core.ids import uuid7
from mesh.outbox.models import Step
from mesh.rpc.idempotency.claim import Claim
from mesh.rpc.idempotency.errors import RequestIdReused, RequestInProgress
from mesh.rpc.idempotency.models import StoredResponse
from mesh.rpc.idempotency.once import ATTEMPTS
from order_service.catalog.models import Product
from order_service.conftest import MakeProduct
from order_service.orders import convert
from order_service.orders.errors import OutOfStock
from order_service.orders.invariants import violations
from order_service.orders.models import Order, OrderEvent, OrderItem
from order_service.tests import by_orm
from order_service.tests.placing import in_progress, new_claim, place, placed, stock
from order_service.tests.threads import at_once, elsewhere

SKUS = ("A", "b-2", "Ç 3", "0")
TITLES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40)
GOODS = st.dictionaries(
    st.sampled_from(SKUS),
    st.tuples(TITLES, st.integers(1, 10**9), st.integers(1, 1000)),
    min_size=1,
)
OF_ITS_OWN = {"id", "order_id", "key", "payload", "seq", "create_time", "update_time"}


def send(
    claim: Claim, quantities: Mapping[str, int], meanwhile: Callable[[], object] | None = None
) -> order_pb2.CreateOrderResponse:
    """Sends a request as a call does; `meanwhile` is run between its two statements."""
    with serving(Call(method=claim.method, request_id="", deadline=time.monotonic() + 10)):
        return placed(claim, quantities, uuid7(), meanwhile=meanwhile)


def written() -> dict[str, Any]:
    """Returns all rows, without what is of one order only; deferred constraints are checked."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    order = Order.objects.get()
    event, step = OrderEvent.objects.get(), Step.objects.get()
    assert event.order_id == order.id
    assert (event.create_time, order.update_time) == (order.create_time, order.create_time)
    assert (step.key, step.payload) == (str(order.id), {"order_id": str(order.id)})
    rows: dict[str, list[Any]] = {
        model.__name__: list(model._default_manager.order_by("pk").values())
        for model in (Order, OrderItem, OrderEvent, Step, Product)
    }
    return {
        name: [{key: value for key, value in row.items() if _is_shared(name, key)} for row in found]
        for name, found in rows.items()
    }


def _is_shared(table: str, column: str) -> bool:
    times = {"next_at", "ring_at"}
    return column not in OF_ITS_OWN - ({"seq"} if table == "OrderEvent" else set()) | times


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(goods=GOODS, payment_method=TITLES)
def test_it_writes_and_returns_what_the_orm_would(
    goods: Mapping[str, tuple[str, int, int]], payment_method: str
) -> None:
    quantities = {sku: quantity for sku, (_, _, quantity) in goods.items()}
    user_id = uuid7()
    found = []

    def by_statement() -> None:
        response = placed(new_claim(), quantities, user_id, payment_method)
        order = Order.objects.get()
        assert response.order == convert.to_wire(order)
        assert bytes(StoredResponse.objects.get().response) == response.SerializeToString()

    def by_models() -> None:
        by_orm.place(user_id=user_id, quantities=quantities, payment_method=payment_method)

    for way in (by_statement, by_models):
        with transaction.atomic():
            Product.objects.bulk_create(
                Product(
                    sku=sku, title=title, price_minor=price, currency="EUR", stock=n, supplied=n
                )
                for sku, (title, price, n) in goods.items()
            )
            way()
            found.append(written())
            transaction.set_rollback(True)
    assert found[0] == found[1]


@pytest.mark.django_db(transaction=True)
def test_an_order_costs_two_statements_and_a_repeat_one(product: MakeProduct) -> None:
    product("MUG"), product("PEN")
    claim = new_claim()
    with CaptureQueriesContext(connection) as first:
        send(claim, {"MUG": 2, "PEN": 1})
    assert len(first) == 2
    with CaptureQueriesContext(connection) as repeat:
        send(claim, {"MUG": 2, "PEN": 1})
    assert len(repeat) == 1


@pytest.mark.django_db(transaction=True)
def test_fifty_repeats_at_once_are_one_order_with_one_answer(product: MakeProduct) -> None:
    product("MUG", stock=100)
    claim = new_claim()

    def send_until_answered() -> bytes:
        while True:
            try:
                return send(claim, {"MUG": 2}).SerializeToString()
            except RequestInProgress:
                continue

    assert len(set(at_once([send_until_answered] * 50))) == 1
    assert (Order.objects.count(), Step.objects.count(), stock()) == (1, 1, {"MUG": 98})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", [{"price_minor": 99}, {"title": "Cup"}])
def test_what_changed_meanwhile_is_ordered_as_it_is_now(
    product: MakeProduct, change: Mapping[str, Any]
) -> None:
    product("MUG", stock=10)
    send(new_claim(), {"MUG": 2}, lambda: Product.objects.update(**change))
    order = Order.objects.get()
    item, mug = order.items.get(), Product.objects.get()
    assert (item.title, item.unit_price_minor) == (mug.title, mug.price_minor)
    assert (order.total_minor, mug.stock) == (2 * mug.price_minor, 8)


@pytest.mark.django_db(transaction=True)
def test_what_was_sold_meanwhile_is_out_of_stock(product: MakeProduct) -> None:
    product("MUG", stock=3)
    with pytest.raises(OutOfStock):
        send(new_claim(), {"MUG": 2}, lambda: Product.objects.update(stock=1))
    assert not Order.objects.exists()
    assert not StoredResponse.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_repeat_that_was_served_meanwhile_gets_that_response(product: MakeProduct) -> None:
    product("MUG", stock=3)
    claim = new_claim(fingerprint=b"one")
    first: list[object] = []
    second = send(claim, {"MUG": 2}, lambda: first.append(send(claim, {"MUG": 2})))
    assert [second] == first
    assert stock() == {"MUG": 1}


@pytest.mark.django_db(transaction=True)
def test_an_id_that_was_used_meanwhile_is_not_good_for_another_order(product: MakeProduct) -> None:
    product("MUG", stock=3)
    one = new_claim("r1", b"one")
    other = new_claim("r1", b"other")
    with pytest.raises(RequestIdReused):
        send(other, {"MUG": 2}, lambda: send(one, {"MUG": 1}))
    assert stock() == {"MUG": 2}


@pytest.mark.django_db(transaction=True)
def test_while_it_is_in_progress_a_repeat_is_told_so_and_waits_for_no_product(
    product: MakeProduct,
) -> None:
    product("MUG")
    claim = new_claim()
    with in_progress(claim):
        Product.objects.select_for_update().get()

        def repeat() -> None:
            with pytest.raises(RequestInProgress):
                send(claim, {"MUG": 1})

        elsewhere(repeat)


@pytest.mark.django_db(transaction=True)
def test_of_five_of_each_five_of_forty_buyers_get_some_whatever_their_order(
    product: MakeProduct,
) -> None:
    product("MUG", stock=5), product("PEN", stock=5)
    there, back = {"MUG": 1, "PEN": 1}, {"PEN": 1, "MUG": 1}
    outcomes = at_once([lambda: place(there), lambda: place(back)] * 20)
    assert sum(isinstance(one, Order) for one in outcomes) == 5
    assert sum(isinstance(one, OutOfStock) for one in outcomes) == 35
    assert stock() == {"MUG": 0, "PEN": 0}
    assert list(violations(at_rest=False)) == []


@pytest.mark.django_db(transaction=True)
def test_totals_are_right_while_prices_change(product: MakeProduct) -> None:
    product("MUG", stock=1000, price_minor=1), product("PEN", stock=1000, price_minor=1)

    def reprice() -> None:
        for price in range(2, ATTEMPTS):
            Product.objects.update(price_minor=price, title=f"at {price}")

    at_once([reprice, *[lambda: place({"MUG": 2, "PEN": 3})] * 16])
    assert Order.objects.count() == 16
    for order in Order.objects.all():
        items = list(order.items.all())
        assert order.total_minor == sum(item.quantity * item.unit_price_minor for item in items)
        for item in items:
            assert item.title in (f"The {item.product_id}", f"at {item.unit_price_minor}")
    assert list(violations(at_rest=False)) == []


@pytest.mark.django_db(transaction=True)
def test_its_statements_are_planned_once_for_all_orders(product: MakeProduct) -> None:
    product("MUG", stock=100), product("PEN", stock=100)
    connection.close()
    for number in range(20):
        place({"MUG": 1, "PEN": 1} if number % 2 else {"PEN": 2})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans > custom_plans FROM pg_prepared_statements"
            " WHERE statement LIKE '%catalog_product%idempotency_storedresponse%'"
            " OR statement LIKE '%idempotency_storedresponse%catalog_product%'"
        )
        assert cursor.fetchall() == [(True,), (True,)]
