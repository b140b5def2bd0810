"""Placing orders: prices, stock, and what is refused."""

from collections.abc import Mapping

import pytest
from django.db import IntegrityError, transaction

from mesh.core.errors import DomainError
from mesh.core.ids import uuid7
from mesh.outbox.models import Step
from order_service.catalog.models import Product
from order_service.conftest import MakeProduct
from order_service.orders.errors import OutOfStock, ProductNotFound, TotalTooLarge
from order_service.orders.models import Order
from order_service.tests.placing import place, stock


@pytest.mark.django_db
def test_an_order_keeps_the_prices_and_titles_of_its_moment(product: MakeProduct) -> None:
    product("MUG", price_minor=12_90), product("PEN", price_minor=3_20)
    order = place({"PEN": 3, "MUG": 2})
    Product.objects.update(price_minor=1, title="changed")
    assert (order.total_minor, order.currency) == (35_40, "EUR")
    assert list(order.items.values_list("position", "product_id", "title", "unit_price_minor")) == [
        (0, "PEN", "The PEN", 3_20),
        (1, "MUG", "The MUG", 12_90),
    ]


@pytest.mark.django_db
def test_placing_holds_the_stock_and_owes_the_charge(product: MakeProduct) -> None:
    product("MUG", stock=10), product("PEN", stock=10)
    order = place({"PEN": 3, "MUG": 2})
    assert stock() == {"PEN": 7, "MUG": 8}
    assert set(Product.objects.values_list("version", flat=True)) == {2}
    step = Step.objects.get()
    assert (step.kind, step.key) == ("charge_order", str(order.id))
    assert step.payload == {"order_id": str(order.id)}


def nothing_changed(before: Mapping[str, int]) -> bool:
    return stock() == before and not Order.objects.exists() and not Step.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("quantities", "error", "fields", "skus"),
    [
        (
            {"MUG": 1, "CUP": 1, "POT": 1},
            ProductNotFound,
            ["items[1].sku", "items[2].sku"],
            "CUP,POT",
        ),
        ({"mug": 1}, ProductNotFound, ["items[0].sku"], "mug"),
        ({"OLD": 1}, ProductNotFound, ["items[0].sku"], "OLD"),
        ({"PEN": 1, "MUG": 11}, OutOfStock, ["items[1].sku"], "MUG"),
    ],
)
def test_lines_that_cant_be_had_are_named_and_nothing_is_held(
    product: MakeProduct,
    quantities: Mapping[str, int],
    error: type[DomainError],
    fields: list[str],
    skus: str,
) -> None:
    product("MUG"), product("PEN"), product("OLD", currency="DEM")
    before = stock()
    with pytest.raises(error) as caught:
        place(quantities)
    assert [violation.field for violation in caught.value.violations] == fields
    assert caught.value.metadata == {"sku": skus}
    assert nothing_changed(before)


@pytest.mark.django_db
def test_a_sum_above_what_one_order_may_cost_is_refused(product: MakeProduct) -> None:
    product("GOLD", stock=1000, price_minor=10**14 - 1)
    before = stock()
    with pytest.raises(TotalTooLarge):
        place({"GOLD": 1000})
    assert nothing_changed(before)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"state": "LOST"},
        {"state": "CONFIRMED", "payment_method": ""},
        {"payment_id": uuid7()},
        {"state": "CANCELLED", "payment_method": ""},
        {"cancel_reason": "PAYMENT_DECLINED"},
        {"payment_method": ""},
        {"total_minor": 0},
    ],
)
def test_the_database_refuses_an_order_that_contradicts_itself(
    product: MakeProduct, change: Mapping[str, object]
) -> None:
    product("MUG")
    place({"MUG": 1})
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.update(**change)


@pytest.mark.django_db
def test_the_database_refuses_a_stock_below_zero(product: MakeProduct) -> None:
    product("MUG")
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.update(stock=-1)
