"""The page of products, by which staff adds and changes them."""

from decimal import Decimal
from typing import Any

import pytest

from mesh.testing.browser import Browser, signed_in, text_of, trail
from order_service.catalog.models import Product
from order_service.conftest import MakeProduct
from order_service.tests.placing import place

pytestmark = pytest.mark.django_db
NEW = {"sku": "TEA", "title": "Tea", "description": "", "price": "3.20", "stock": "7"}


@pytest.fixture
def staff() -> Browser:
    return signed_in("catalog.write")


@pytest.fixture
def mug(product: MakeProduct) -> Product:
    return product("MUG")


def change(staff: Browser, product: Product, **values: object) -> Any:
    """Send the form as it was made from this version of the product."""
    form = {
        "title": product.title,
        "description": "",
        "price": "12.90",
        "stock": product.stock,
        "etag": product.version,
    }
    return staff.post(f"/catalog/product/{product.sku}/change/", form | values, follow=True)


def test_a_price_and_a_stock_are_changed_by_the_catalog_s_action(
    staff: Browser, mug: Product
) -> None:
    change(staff, mug, price="13.5", stock=12)
    mug.refresh_from_db()
    assert (mug.price_minor, mug.stock, mug.supplied, mug.version) == (1350, 12, 12, 2)
    assert trail() == ["Changed price and stock."]


def test_the_form_begins_with_what_there_is(staff: Browser, mug: Product) -> None:
    form = staff.page(mug).context["adminform"].form
    assert (form["price"].value(), form["etag"].value()) == (Decimal("12.90"), "1")


def test_what_an_order_took_meanwhile_is_not_overwritten(staff: Browser, mug: Product) -> None:
    place({"MUG": 4})
    response = change(staff, mug, stock=20)
    assert "It changed since this etag was read" in text_of(response)
    mug.refresh_from_db()
    assert (mug.stock, trail()) == (6, [])


def test_a_form_that_changes_nothing_changes_nothing(staff: Browser, mug: Product) -> None:
    change(staff, mug)
    mug.refresh_from_db()
    assert mug.version == 1


def test_a_product_is_added(staff: Browser) -> None:
    staff.post("/catalog/product/add/", NEW)
    tea = Product.objects.get(sku="TEA")
    assert (tea.price_minor, tea.currency, tea.stock, tea.supplied) == (320, "EUR", 7, 7)
    assert trail() == ["Added."]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"sku": "no spaces"}, "pattern"),
        ({"sku": "MUG"}, "already exists"),
        ({"price": "0"}, "must be above 0"),
        ({"price": "1.999"}, "no fractions this fine"),
        ({"stock": "-1"}, "greater than or equal to 0"),
        ({"title": ""}, "required"),
    ],
)
def test_what_the_contract_refuses_the_form_refuses(
    staff: Browser, mug: Product, wrong: dict[str, str], told: str
) -> None:
    response = staff.post("/catalog/product/add/", NEW | wrong)
    assert told in text_of(response)
    assert Product.objects.count() == 1


def test_who_may_not_write_the_catalog_may_not_send_the_form(mug: Product) -> None:
    assert change(signed_in("orders.read", "orders.write"), mug, stock=1).status_code == 403
